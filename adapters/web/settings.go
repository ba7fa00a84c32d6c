package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	// Containers may have no time zones of their own.
	_ "time/tzdata"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

// input is a field of the form of an event's settings.
type input struct {
	Name, Label, Hint string
	Kind              string // text, number, time, lines or check
	Value             string
	Checked, Required bool
	Least, Most       int // of a number, or the length of a text
	Error             string
}

// group is fields that belong together.
type group struct {
	Legend string
	Inputs []input
}

// settingsPage is the form of an event's settings.
type settingsPage struct {
	Event   domain.Event // zero for a new one
	IsNew   bool
	Groups  []group
	Version string // of the settings that the form began with
	Key     string
}

// settingsOf are the settings as their form has them.
func settingsOf(s domain.Settings) map[string]string {
	values := map[string]string{
		"name": s.Name, "totalTickets": numberText(s.TotalTickets), "venue": s.Venue, "description": s.Description,
		"startsAt": timeText(s.StartsAt), "salesStartAt": timeText(s.SalesStartAt), "salesEndAt": timeText(s.SalesEndAt),
		"promotionEndAt": timeText(s.PromotionEndAt), "zone": "UTC",
		"maxTicketsPerUser": limitText(s.MaxTicketsPerUser), "maxWaitlist": limitText(s.MaxWaitlist),
		"holdSeconds": numberText(s.HoldSeconds), "claimSeconds": numberText(s.ClaimSeconds),
	}
	if s.SelfService {
		values["selfService"] = "on"
	}
	return values
}

// groupsOf are the fields of the form, with values and what is wrong with them.
func groupsOf(values map[string]string, isNew bool, v view) []group {
	groups := []group{
		{"What, when and where", []input{
			{Name: "name", Label: "Name", Kind: "text", Required: true, Most: domain.MaxNameLength},
			{Name: "startsAt", Label: "Begins", Kind: "time"},
			{Name: "venue", Label: "Venue", Kind: "text", Most: domain.MaxVenueLength},
			{Name: "description", Label: "Description", Kind: "lines", Most: domain.MaxDescriptionLength},
		}},
		{"Tickets", []input{
			{Name: "totalTickets", Label: "Tickets in all", Kind: "number", Required: true, Least: 1, Most: domain.MaxTotalTickets},
			{Name: "maxTicketsPerUser", Label: "Tickets for one person, at most", Hint: "Empty for no limit.", Kind: "number", Least: 1, Most: domain.MaxTotalTickets},
			{
				Name: "selfService", Label: "People book by themselves, on this event's page", Kind: "check",
				Hint: "Needs a limit for one person. Nobody checks who somebody is: who types another person's name uses up that person's limit.",
			},
		}},
		{"Sale", []input{
			{Name: "salesStartAt", Label: "Sale starts", Hint: "Empty for at once.", Kind: "time"},
			{Name: "salesEndAt", Label: "Sale ends", Hint: "Empty for never.", Kind: "time"},
			{
				Name: "holdSeconds", Label: "Seconds to confirm a booking", Hint: "Empty if tickets are booked at once; else tickets are held for so long.",
				Kind: "number", Least: domain.MinHoldSeconds, Most: domain.MaxHoldSeconds,
			},
		}},
		{"Waitlist", []input{
			{Name: "maxWaitlist", Label: "Bookings that wait, at most", Hint: "Empty for no limit, 0 for no line.", Kind: "number", Most: domain.MaxTotalTickets},
			{
				Name: "claimSeconds", Label: "Seconds to confirm when one's turn comes", Hint: "Empty if who is promoted has the tickets at once. Needed where bookings are to be confirmed.",
				Kind: "number", Least: domain.MinClaimSeconds, Most: domain.MaxClaimSeconds,
			},
			{
				Name: "promotionEndAt", Label: "Promotion ends", Kind: "time",
				Hint: "Empty for never. From then on free tickets stay free while people wait.",
			},
		}},
		{"Times", []input{
			{Name: "zone", Label: "Time zone of all times above", Hint: "Like Europe/Berlin or UTC.", Kind: "text", Required: true, Most: domain.MaxNameLength},
		}},
	}
	if isNew {
		sale := &groups[2].Inputs
		*sale = append(*sale, input{Name: "draft", Label: "Keep it as a draft", Hint: "Nobody books a draft; publish it later.", Kind: "check"})
	}
	for _, g := range groups {
		for i := range g.Inputs {
			in := &g.Inputs[i]
			in.Value, in.Checked, in.Error = values[in.Name], values[in.Name] != "", v.Errors(in.Name)
		}
	}
	return groups
}

func (h *handler) renderSettings(c echo.Context, status int, p settingsPage, values map[string]string, problem *httpbase.Problem) error {
	title := "New event"
	if !p.IsNew {
		title = p.Event.Name
	}
	v := organizerView(c, title)
	v.Problem = problem
	p.Groups, p.Key = groupsOf(values, p.IsNew, v), newFormKey()
	v.Data = p
	return render(c, status, "settings", v)
}

// showAgain shows the form again if it is refused.
func (h *handler) showAgain(c echo.Context, p settingsPage) {
	onRefusal(c, func(problem httpbase.Problem) error {
		values := make(map[string]string)
		for name, value := range c.Request().PostForm {
			values[name] = value[0]
		}
		return h.renderSettings(c, problem.Status, p, values, &problem)
	})
}

func (h *handler) newEvent(c echo.Context) error {
	usual := domain.Settings{}
	if h.base.Keys() != nil {
		const ticketsForOne = 4
		usual.SelfService, usual.MaxTicketsPerUser = true, domain.AtMost(ticketsForOne)
	}
	return h.renderSettings(c, http.StatusOK, settingsPage{IsNew: true}, settingsOf(usual), nil)
}

func (h *handler) createEvent(c echo.Context) error {
	h.showAgain(c, settingsPage{IsNew: true})
	key, err := sent(c).key()
	if err != nil {
		return err
	}
	settings, err := readSettings(sent(c))
	if err != nil {
		return err
	}
	command := domain.CreateEvent{Settings: settings, Key: key, By: callerName(c)}
	if sent(c).Get("draft") != "" {
		command.Status = domain.EventDraft
	}
	e, err := h.service.CreateEvent(c.Request().Context(), command)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ownEventPath(e.ID))
}

func (h *handler) settings(c echo.Context) error {
	e, err := h.namedEvent(c)
	if err != nil {
		return err
	}
	return h.renderSettings(c, http.StatusOK, settingsPageOf(e), settingsOf(wantedSettings(e)), nil)
}

func settingsPageOf(e domain.Event) settingsPage {
	return settingsPage{Event: e, Version: strconv.FormatInt(e.SettingsVersion, 10)}
}

// wantedSettings are an event's settings, with the capacity that it is on its way
// to.
func wantedSettings(e domain.Event) domain.Settings {
	if e.WantedTickets != 0 {
		e.TotalTickets = e.WantedTickets
	}
	return e.Settings
}

// changeEvent changes what the form has changed, if nobody else has meanwhile.
func (h *handler) changeEvent(c echo.Context) error {
	e, err := h.namedEvent(c)
	if err != nil {
		return err
	}
	form := sent(c)
	p := settingsPageOf(e)
	p.Version = form.Get("version")
	h.showAgain(c, p)
	version, err := strconv.ParseInt(p.Version, 10, 64)
	if err != nil {
		return errMalformed
	}
	settings, err := readSettings(form)
	if err != nil {
		return err
	}
	change := changeTo(e, settings)
	change.IfSettings, change.By = []int64{version}, callerName(c)
	if _, err := h.service.ChangeEvent(c.Request().Context(), change); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ownEventPath(e.ID))
}

// changeTo is the change from an event's settings to others. What is the same as
// the form shows it stays as it is, to the microsecond, and the capacity of a
// raise that is under way stays on its way.
func changeTo(e domain.Event, to domain.Settings) domain.ChangeEvent {
	from := wantedSettings(e)
	return domain.ChangeEvent{
		EventID:           e.ID,
		Name:              ifOther(from.Name, to.Name),
		TotalTickets:      ifOther(from.TotalTickets, to.TotalTickets),
		MaxTicketsPerUser: ifOther(from.MaxTicketsPerUser, to.MaxTicketsPerUser),
		MaxWaitlist:       ifOther(from.MaxWaitlist, to.MaxWaitlist),
		HoldSeconds:       ifOther(from.HoldSeconds, to.HoldSeconds),
		ClaimSeconds:      ifOther(from.ClaimSeconds, to.ClaimSeconds),
		SalesStartAt:      ifOtherSecond(from.SalesStartAt, to.SalesStartAt),
		SalesEndAt:        ifOtherSecond(from.SalesEndAt, to.SalesEndAt),
		PromotionEndAt:    ifOtherSecond(from.PromotionEndAt, to.PromotionEndAt),
		SelfService:       ifOther(from.SelfService, to.SelfService),
		StartsAt:          ifOtherSecond(from.StartsAt, to.StartsAt),
		Venue:             ifOther(from.Venue, to.Venue),
		Description:       ifOther(from.Description, to.Description),
	}
}

func ifOther[T comparable](from, to T) *T {
	if from == to {
		return nil
	}
	return &to
}

func ifOtherSecond(from, to time.Time) *time.Time {
	if from.Truncate(time.Second).Equal(to) {
		return nil
	}
	return &to
}

// readSettings reads the form of an event's settings.
func readSettings(f fields) (domain.Settings, error) {
	zone, zoneErr := f.zone("zone")
	starts, startsErr := f.time("startsAt", zone)
	salesStart, salesStartErr := f.time("salesStartAt", zone)
	salesEnd, salesEndErr := f.time("salesEndAt", zone)
	promotionEnd, promotionEndErr := f.time("promotionEndAt", zone)
	total, _, totalErr := f.whole("totalTickets")
	perUser, perUserErr := f.limit("maxTicketsPerUser")
	waitlist, waitlistErr := f.limit("maxWaitlist")
	hold, holdErr := f.positive("holdSeconds")
	claim, claimErr := f.positive("claimSeconds")
	s := domain.Settings{
		Name: f.Get("name"), TotalTickets: total, MaxTicketsPerUser: perUser, MaxWaitlist: waitlist,
		HoldSeconds: hold, ClaimSeconds: claim,
		SalesStartAt: salesStart, SalesEndAt: salesEnd, PromotionEndAt: promotionEnd,
		SelfService: f.Get("selfService") != "",
		StartsAt:    starts, Venue: f.Get("venue"), Description: f.text("description"),
	}
	return s, domain.Invalid(zoneErr, startsErr, salesStartErr, salesEndErr, promotionEndErr,
		totalErr, perUserErr, waitlistErr, holdErr, claimErr, s.Validate())
}
