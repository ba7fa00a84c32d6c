package main

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/alecthomas/kong"

	"github.com/boxoffice-go/boxoffice/app"
)

// commandLine is all commands with all their settings.
type commandLine struct {
	ShowVersion kong.VersionFlag `name:"version" help:"Show the version."`

	Serve    serveCommand    `cmd:"" default:"withargs" help:"Serve HTTP. This is what boxoffice does without a command."`
	Backup   backupCommand   `cmd:"" help:"Copy the SQLite file, while a server uses it."`
	Migrate  migrateCommand  `cmd:"" help:"Change or show the schema of the database."`
	Key      keyCommand      `cmd:"" help:"Make an API key."`
	Health   healthCommand   `cmd:"" help:"Ask a server whether it is ready; the exit code is 0 if it is, else 1."`
	Loadtest loadtestCommand `cmd:"" help:"Put a server under load, check its books afterwards, and cancel the events that this made."`
	Version  versionCommand  `cmd:"" help:"Show the version."`
}

// streams are what commands read from and write to.
type streams struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError is a mistake in the arguments or the environment, and the command
// whose help tells more about it.
type usageError struct {
	error
	command string // empty: the one that was run
}

// parse fills in the command line: a setting that the arguments don't name comes
// from the environment, or is the default. It returns the command to run, nil if
// help or the version was asked for. Its errors are [usageError].
func parse(line *commandLine, args []string, env environment, std streams) (*kong.Context, error) {
	defaults := app.DefaultOptions()
	answered := false
	parser, err := kong.New(line,
		kong.Name("boxoffice"),
		kong.Description("Sells tickets for events, first come, first served, and keeps the line when an event is full."),
		kong.Writers(std.stdout, std.stderr),
		kong.Exit(func(int) { answered = true }),
		kong.Bind(std, env),
		kong.Resolvers(env),
		kong.ValueFormatter(describe),
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true, WrapUpperBound: 120}),
		kong.WithHyphenPrefixedParameters(true), // so that --lanes -5 is a number out of range
		kong.Vars{
			"version":           buildVersion(),
			"sqlite_file":       defaultSQLiteFile,
			"lanes":             strconv.Itoa(defaults.Lanes),
			"max_batch":         strconv.Itoa(defaults.MaxBatch),
			"max_events_per_tx": strconv.Itoa(defaults.MaxEventsPerTx),
			"max_pending":       strconv.Itoa(defaults.MaxPending),
		},
	)
	if err != nil {
		return nil, err
	}
	if err := checkCommand(parser.Model, args); err != nil {
		return nil, usageError{err, parser.Model.Name}
	}
	values := judgeValues(parser.Model)
	command, err := parser.Parse(args)
	if answered { // kong goes on after it, but what it finds then doesn't matter
		return nil, nil
	}
	selected := parser.Model.DefaultCmd
	if mistake := new(kong.ParseError); errors.As(err, &mistake) {
		command = mistake.Context
	}
	if node := command.Selected(); node != nil {
		selected = node
	}
	if mistake := values.mistake(selected); mistake != nil {
		err = mistake
	}
	if err == nil && selected == parser.Model.DefaultCmd {
		err = env.check(selected.Flags)
	}
	if err != nil {
		return nil, usageError{err, selected.FullPath()}
	}
	return command, nil
}

// checkCommand refuses a command that there isn't. kong would take its name for
// an argument of the default one.
func checkCommand(model *kong.Application, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	var names []string
	for _, command := range model.Children {
		names = append(names, command.Name)
	}
	if slices.Contains(names, args[0]) {
		return nil
	}
	return fmt.Errorf("there is no command %q; did you mean %q?", args[0], nearest(args[0], names))
}

// nearest returns the name that goes on where a mistyped one ends, or else has
// the most in common with it.
func nearest(mistyped string, names []string) string {
	distance := func(name string) int {
		if strings.HasPrefix(name, mistyped) {
			return 0
		}
		return levenshtein.ComputeDistance(mistyped, name)
	}
	return slices.MinFunc(names, func(a, b string) int { return distance(a) - distance(b) })
}

// valueJudge lets the last of a flag that is repeated decide whether the value
// is good, as it decides what the value is.
type valueJudge map[*kong.Value]error

// judgeValues puts itself between kong and all flags.
func judgeValues(model *kong.Application) valueJudge {
	judge := make(valueJudge)
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error { // it returns what we return
		if flag, ok := node.(*kong.Flag); ok {
			flag.Mapper = judgedValue{flag.Mapper, judge}
		}
		return next(nil)
	})
	return judge
}

// mistake returns the first flag's mistake, with the names that it goes by.
func (j valueJudge) mistake(command *kong.Node) error {
	for _, flags := range command.AllFlags(false) {
		for _, flag := range flags {
			if err := j[flag.Value]; err != nil {
				return fmt.Errorf("%s: %w", names(flag), err)
			}
		}
	}
	return nil
}

type judgedValue struct {
	kong.Mapper
	judge valueJudge
}

// Decode remembers a mistake instead of returning it.
func (v judgedValue) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	err := v.Mapper.Decode(ctx, target)
	if enum := ctx.Value.EnumSlice(); err == nil && ctx.Value.Enum != "" && !slices.Contains(enum, target.String()) {
		err = fmt.Errorf("must be one of %s, not %q", strings.Join(enum, ", "), target)
	}
	if target != ctx.Value.Target { // that is where defaults go
		v.judge[ctx.Value] = err
	}
	return nil
}

// environment has the variables of the environment that a program may see.
type environment map[string]string

func environmentOf(variables []string) environment {
	env := make(environment, len(variables))
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	return env
}

func (e environment) get(name string) string { return e[name] }

// Resolve looks up the variable of a flag; kong would look into that of the
// process only. An empty variable is an empty value, which most settings refuse:
// it is meant to say something.
func (e environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if value, set := e[variable(flag)]; set && hasVariable(flag) {
		return value, nil
	}
	return nil, nil
}

// Validate is part of kong's Resolver.
func (environment) Validate(*kong.Application) error { return nil }

// prefix is that of all our variables.
const prefix = "BOXOFFICE_"

// foreign are variables with our prefix that others set: our tests, and
// Kubernetes and Docker for a service of that name.
var foreign = []string{"TEST_", "SERVICE_", "PORT_"}

// check refuses a variable that looks like a setting and is none: it was meant
// to say something.
func (e environment) check(flags []*kong.Flag) error {
	var settings []string
	for _, flag := range flags {
		settings = append(settings, variable(flag))
	}
	var mistakes []error
	for name := range e {
		rest, ours := strings.CutPrefix(name, prefix)
		isForeign := rest == "PORT" || slices.ContainsFunc(foreign, func(f string) bool { return strings.HasPrefix(rest, f) })
		if ours && !isForeign && !slices.Contains(settings, name) {
			mistakes = append(mistakes, fmt.Errorf("the environment sets %s, which is no setting; did you mean %s?", name, nearest(name, settings)))
		}
	}
	slices.SortFunc(mistakes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(mistakes...)
}

// hasVariable reports whether a flag is a setting, rather than a wish of the
// moment.
func hasVariable(flag *kong.Flag) bool {
	return !slices.Contains([]string{"help", "version", "yes"}, flag.Name)
}

func variable(flag *kong.Flag) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
}

func names(flag *kong.Flag) string {
	if !hasVariable(flag) {
		return "--" + flag.Name
	}
	return fmt.Sprintf("--%s (or %s)", flag.Name, variable(flag))
}

// describe adds to a flag's help what every setting has: a default and a variable.
func describe(value *kong.Value) string {
	if value.Flag == nil || !hasVariable(value.Flag) {
		return value.Help
	}
	standard := ""
	if value.HasDefault {
		standard = "default " + value.Default + ", "
	}
	return fmt.Sprintf("%s (%s$%s)", value.Help, standard, variable(value.Flag))
}
