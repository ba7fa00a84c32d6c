package metrics_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestEveryQueryOfTheDashboardIsOfMetricsThatExist(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("dashboard.json")
	require.NoError(t, err)
	var dashboard struct {
		SchemaVersion int
		Templating    struct{ List []struct{ Name, Type string } }
		Panels        []struct {
			Type, Title string
			Datasource  struct{ UID string }
			Targets     []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(file, &dashboard))
	require.Positive(t, dashboard.SchemaVersion)
	require.Equal(t, "datasource", dashboard.Templating.List[0].Type)

	series := seriesOf(t)
	for _, panel := range dashboard.Panels {
		if panel.Type == "row" {
			continue
		}
		require.Equal(t, "${"+dashboard.Templating.List[0].Name+"}", panel.Datasource.UID, panel.Title)
		require.NotEmpty(t, panel.Targets, panel.Title)
		for _, target := range panel.Targets {
			series.check(t, strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"))
		}
	}
	series.requireAllUsed(t, "boxoffice_")
}

func TestEveryAlertIsOfMetricsThatExistAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("alerts.yaml")
	require.NoError(t, err)
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(file, &rules))

	series := seriesOf(t)
	require.NotEmpty(t, rules.Groups[0].Rules)
	for _, rule := range rules.Groups[0].Rules {
		series.check(t, rule.Expr)
		require.Contains(t, []string{"warning", "critical"}, rule.Labels["severity"], rule.Alert)
		require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
		require.NotEmpty(t, rule.Annotations["runbook"], rule.Alert)
	}
}

func TestThePackageDocHasAllMetricsAndNoOthers(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	documented := make(map[string]string) // types by name
	for _, line := range regexp.MustCompile(`(?m)^//\t(boxoffice_\w+) +(\w+)`).FindAllStringSubmatch(string(file), -1) {
		documented[line[1]] = line[2]
	}
	found := make(map[string]string)
	for name, family := range scrape(t, exercised(t)) {
		if strings.HasPrefix(name, "boxoffice_") {
			found[name] = strings.ToLower(family.GetType().String())
		}
	}
	require.Equal(t, found, documented)
}

// series has all series that Prometheus finds, with their labels' values.
type series struct {
	labels map[string]map[string][]string
	used   map[string]bool // families
}

func seriesOf(t *testing.T) series {
	t.Helper()
	s := series{labels: make(map[string]map[string][]string), used: make(map[string]bool)}
	for name, family := range scrape(t, exercised(t)) {
		labels := map[string][]string{"job": nil, "instance": nil} // Prometheus adds them
		for _, metric := range family.Metric {
			for _, l := range metric.Label {
				labels[l.GetName()] = append(labels[l.GetName()], l.GetValue())
			}
			for _, q := range metric.Summary.GetQuantile() {
				labels["quantile"] = append(labels["quantile"], strings.TrimSuffix(jsonOf(t, q.GetQuantile()), ".0"))
			}
		}
		s.labels[name] = labels
		if family.GetType() == dto.MetricType_HISTOGRAM {
			delete(s.labels, name)
			s.labels[name+"_count"], s.labels[name+"_sum"] = labels, labels
			buckets := maps.Clone(labels)
			buckets["le"] = nil
			s.labels[name+"_bucket"] = buckets
		}
	}
	return s
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// The parts of PromQL that the queries are made of.
var (
	selector = regexp.MustCompile(`((?:boxoffice|go|process)_\w+)(?:\{([^}]*)\})?`)
	matcher  = regexp.MustCompile(`^(\w+)(=~|!~|!=|=)"([^"]*)"$`)
	grouping = regexp.MustCompile(`\b(?:by|on) \(([^)]*)\)`)
	function = regexp.MustCompile(`\b(?:sum|max|rate|increase|changes|absent|histogram_quantile)\b`)
	others   = regexp.MustCompile(`\[\d+m\]|\b\d+(?:\.\d+)?\b|\band\b|==|[()/*><,\s]`)
)

// check takes a query apart. Nothing unknown may be left, and all metrics and
// labels must be there, with the values that are asked for.
func (s series) check(t *testing.T, query string) {
	t.Helper()
	require.Equal(t, strings.Count(query, "("), strings.Count(query, ")"), query)
	rest := function.ReplaceAllString(query, "")
	var grouped []string
	for _, g := range grouping.FindAllStringSubmatch(rest, -1) {
		grouped = append(grouped, strings.Split(g[1], ", ")...)
	}
	rest = grouping.ReplaceAllString(rest, "")

	var names []string
	for _, m := range selector.FindAllStringSubmatch(rest, -1) {
		name := m[1]
		require.NotNil(t, s.labels[name], "there is no %s, which is in %s", name, query)
		names = append(names, name)
		s.used[name] = true
		if m[2] == "" {
			continue
		}
		for part := range strings.SplitSeq(m[2], ", ") {
			label := matcher.FindStringSubmatch(part)
			require.NotNil(t, label, "%s in %s", part, query)
			require.Contains(t, s.labels[name], label[1], query)
			if label[2] == "=" {
				require.Contains(t, s.labels[name][label[1]], label[3], query)
			}
		}
	}
	require.NotEmpty(t, names, query)
	for _, label := range grouped {
		require.True(t, slices.ContainsFunc(names, func(name string) bool {
			_, has := s.labels[name][label]
			return has
		}), "%s in %s", label, query)
	}
	require.Empty(t, others.ReplaceAllString(selector.ReplaceAllString(rest, ""), ""), query)
}

// requireAllUsed finds metrics that nobody looks at.
func (s series) requireAllUsed(t *testing.T, prefix string) {
	t.Helper()
	suffix := regexp.MustCompile(`_(bucket|sum|count)$`)
	used := make(map[string]bool)
	for name := range s.used {
		used[suffix.ReplaceAllString(name, "")] = true
	}
	for name := range s.labels {
		if strings.HasPrefix(name, prefix) {
			require.True(t, used[suffix.ReplaceAllString(name, "")], "%s is on no panel", name)
		}
	}
}
