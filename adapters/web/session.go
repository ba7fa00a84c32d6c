package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	organizerPath = "/organizer"
	cookieName    = "boxoffice_organizer"
	cookieLabel   = "boxoffice organizer cookie"
	signedInFor   = 12 * time.Hour
	// signedInQuery is in the address that signing in leads to, so that a cookie
	// that wasn't kept can be told of.
	signedInQuery = "signed-in"
)

// A cookie is when it ends, in seconds since 1970, the hash of a key, and an
// HMAC-SHA256 of both.
const (
	endLength    = 8
	cookieLength = endLength + 2*sha256.Size
)

var cookieText = base64.RawURLEncoding.Strict()

func isOrganizer(c echo.Context) bool {
	return c.Path() == organizerPath || strings.HasPrefix(c.Path(), organizerPath+"/")
}

// signedIn lets nobody through but an audience, whom a cookie names.
func (h *handler) signedIn(a httpbase.Audience, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := h.identify(c); err != nil {
			return err
		}
		if refusal := h.base.Refusal(c, a); refusal != nil {
			return refusal
		}
		c.Set(mayManageKey, h.base.Refusal(c, httpbase.Organizers) == nil)
		return next(c)
	}
}

// mayManageKey is where a request's context has whether its caller may make and
// change events.
const mayManageKey = "mayManage"

// organizerView is the view of a page for who has signed in.
func organizerView(c echo.Context, title string) view {
	caller, _ := httpbase.CallerOf(c)
	mayManage, _ := c.Get(mayManageKey).(bool)
	return view{Title: title, Organizer: true, Caller: caller.Name, MayManage: mayManage}
}

// identify finds out whose key a request's cookie names, among the present keys.
func (h *handler) identify(c echo.Context) error {
	keys := h.base.Keys()
	if keys == nil {
		return nil
	}
	cookie, err := c.Cookie(cookieName)
	if err != nil {
		return nil //nolint:nilerr // without a cookie nobody has signed in
	}
	raw, err := cookieText.DecodeString(cookie.Value)
	if err != nil || len(raw) != cookieLength {
		return nil //nolint:nilerr // it is none of ours
	}
	message, mac := raw[:endLength+sha256.Size], raw[endLength+sha256.Size:]
	own, err := h.links.Sign(c.Request().Context(), cookieLabel, message)
	if err != nil {
		return err
	}
	end := time.Unix(int64(binary.BigEndian.Uint64(message)), 0)
	if !hmac.Equal(own, mac) || !time.Now().Before(end) {
		return nil
	}
	if key, known := keys.WithHash([sha256.Size]byte(message[endLength:])); known {
		httpbase.SetCaller(c, key)
	}
	return nil
}

// newCookie makes the cookie of who has a key.
func (h *handler) newCookie(ctx context.Context, key apikey.Key, end time.Time) (string, error) {
	message := append(binary.BigEndian.AppendUint64(nil, uint64(end.Unix())), key.Hash[:]...)
	mac, err := h.links.Sign(ctx, cookieLabel, message)
	if err != nil {
		return "", err
	}
	return cookieText.EncodeToString(append(message, mac...)), nil
}

// setCookie gives a browser the cookie, or takes it away if it is empty. Only on
// this machine it may travel in the clear.
func setCookie(c echo.Context, value string) {
	age := int(signedInFor / time.Second)
	if value == "" {
		age = -1
	}
	c.SetCookie(&http.Cookie{
		Name: cookieName, Value: value, Path: organizerPath, MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: c.Request().TLS != nil || !httpbase.IsLocalHost(c.Request().Host),
	})
}

var (
	errWrongKey = domain.InvalidField("key", "isn't known; check it, or make one with boxoffice key new")
	errViewer   = domain.InvalidField("key", "is a viewer's, who may not do anything here; take one of a seller or an organizer")
)

func (h *handler) signIn(c echo.Context) error {
	if h.base.Keys() == nil {
		return c.Redirect(http.StatusSeeOther, organizerPath)
	}
	onRefusal(c, func(p httpbase.Problem) error { return renderSignIn(c, p.Status, &p) })
	key, known := h.base.Keys().Find(strings.TrimSpace(sent(c).Get("key")))
	switch {
	case !known:
		return errWrongKey
	case key.Role == apikey.Viewer:
		return errViewer
	}
	cookie, err := h.newCookie(c.Request().Context(), key, time.Now().Add(signedInFor))
	if err != nil {
		return err
	}
	setCookie(c, cookie)
	return c.Redirect(http.StatusSeeOther, organizerPath+"?"+signedInQuery)
}

func (*handler) signOut(c echo.Context) error {
	setCookie(c, "")
	return c.Redirect(http.StatusSeeOther, organizerPath)
}

// renderSignIn asks for a key.
func renderSignIn(c echo.Context, status int, p *httpbase.Problem) error {
	return render(c, status, "sign_in", view{
		Title: "Sign in", Organizer: true, Problem: p, Data: struct{ NotKept bool }{c.QueryParams().Has(signedInQuery)},
	})
}
