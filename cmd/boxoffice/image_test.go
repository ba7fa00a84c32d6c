package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	imageVersion = "v1.2.3-test"
	imageUser    = "65532"
)

func TestImageServesBehindKeysAndStopsInOrder(t *testing.T) {
	t.Parallel()
	image := buildImage(t)
	require.Equal(t, imageVersion, docker(t, "run", "--rm", image, "version"))

	output, err := exec.Command("docker", "run", "--rm", image).CombinedOutput()
	require.ErrorContains(t, err, "exit status 2")
	require.Contains(t, string(output), "--api-keys-file", "others can reach it, so it wants keys")

	key, line := newKey(t, "till", "organizer")
	keys := keysFile(t, line)
	require.NoError(t, os.Chmod(keys, 0o644)) // the image's user is not ours
	volume := docker(t, "volume", "create")
	t.Cleanup(func() { docker(t, "volume", "rm", volume) })
	start := func() (container string) {
		container = docker(t, "run", "--detach", "--read-only", "--cap-drop=ALL", "--publish=127.0.0.1::3000",
			"--volume="+volume+":/data", "--volume="+keys+":/keys:ro", "--env=BOXOFFICE_API_KEYS_FILE=/keys", image)
		t.Cleanup(func() { docker(t, "rm", "--force", container) })
		awaitHealthy(t, container)
		return container
	}
	container := start()
	require.Equal(t, imageUser, strings.Fields(docker(t, "top", container, "-eo", "uid,pid"))[2])

	url := "http://" + docker(t, "port", container, "3000")
	c := client(t)
	c.Transport = withKey{key, c.Transport}
	event := createEvent(t, c, url, 1)
	status, answer, err := post(c, url+"/book", bookingOf(event, 1))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, answer)
	docker(t, "stop", container)
	require.Equal(t, "0", docker(t, "inspect", "--format={{.State.ExitCode}}", container))

	_, answer, err = post(c, "http://"+docker(t, "port", start(), "3000")+"/book", bookingOf(event, 2))
	require.NoError(t, err)
	require.Contains(t, answer, `"waitlisted":true`, "the volume has what the first container was told")
}

func awaitHealthy(t *testing.T, container string) {
	t.Helper()
	require.Eventually(t, func() bool {
		health, err := exec.Command("docker", "inspect", "--format={{.State.Health.Status}}", container).Output()
		return err == nil && string(health) == "healthy\n"
	}, time.Minute, 100*time.Millisecond)
}

func TestImageIsBuiltWithTheGoOfThisModule(t *testing.T) {
	t.Parallel()
	module, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	build, _ := dockerfile(t)
	require.Equal(t, find(t, `(?m)^go (\d+\.\d+)`, string(module)), find(t, `(?m)^FROM golang:(\d+\.\d+) AS`, build))
}

// buildImage runs the build command of the Dockerfile here, since its first
// image may be out of reach, and builds the Dockerfile's last stage from that.
func buildImage(t *testing.T) (image string) {
	t.Helper()
	needDocker(t)
	build, last := dockerfile(t)
	dir := t.TempDir()
	compile := exec.Command("sh", "-c", strings.ReplaceAll(find(t, `(?m)^RUN (.*go build.*)$`, build), "/image/", dir+"/image/"))
	compile.Dir = "../.."
	compile.Env = append(os.Environ(), "VERSION="+imageVersion)
	output, err := compile.CombinedOutput()
	require.NoError(t, err, string(output))

	require.NoError(t, os.Mkdir(filepath.Join(dir, "data"), 0o700))
	last = regexp.MustCompile(`(?m)^COPY --from=build (.*)/(image|data) `).ReplaceAllString(last, "COPY $1$2 ")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(last), 0o600))
	image = "boxoffice-test:" + strings.ToLower(filepath.Base(filepath.Dir(dir)))
	docker(t, "build", "--quiet", "--tag", image, dir)
	t.Cleanup(func() { docker(t, "image", "rm", image) })
	return image
}

// needDocker skips a test where there is no Docker, or fails it where that is
// required: MySQL comes from there too.
func needDocker(t *testing.T) {
	t.Helper()
	output, err := exec.Command("docker", "version").CombinedOutput()
	switch {
	case err == nil:
	case os.Getenv("BOXOFFICE_TEST_MYSQL") == "required":
		t.Fatalf("no Docker for this test: %v: %s", err, output)
	default:
		t.Skipf("no Docker for this test: %v", err)
	}
}

// dockerfile returns the Dockerfile in two parts: how the binary is built, and
// the stage that is the image.
func dockerfile(t *testing.T) (build, last string) {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	build, last, found := strings.Cut(string(text), "FROM scratch\n")
	require.True(t, found)
	return build, "FROM scratch\n" + last
}

// docker runs a command that has to succeed, and returns what it prints.
func docker(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	var stderr strings.Builder
	command := exec.Command("docker", args...)
	command.Stderr = &stderr
	output, err := command.Output()
	require.NoError(t, err, "%s: %s", command, &stderr)
	return strings.TrimSpace(string(output))
}

func find(t *testing.T, pattern, in string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(in)
	require.NotNil(t, match, pattern)
	return match[1]
}

// withKey sends every request with an API key.
type withKey struct {
	key  string
	next http.RoundTripper
}

func (w withKey) RoundTrip(request *http.Request) (*http.Response, error) {
	request.Header.Set("Authorization", "Bearer "+w.key)
	return w.next.RoundTrip(request)
}
