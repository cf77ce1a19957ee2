//go:build e2e

package azurerm

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

// azurite is a storage account in Azurite, over TLS, and who fills it.
type azurite struct {
	addr     string
	client   *http.Client // finds the account's own host, too
	operator *container.Client
	cred     *container.SharedKeyCredential
}

// binary finds azurite-blob on PATH or where npm ci has put it.
func binary(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("azurite-blob"); err == nil {
		return path
	}
	path, err := filepath.Abs("../../../e2e/azurite/node_modules/.bin/azurite-blob")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("these tests need azurite-blob, on PATH or installed with: npm ci --prefix e2e/azurite")
	}
	return path
}

func startAzurite(t *testing.T) *azurite {
	t.Helper()
	certificate, pool := selfSigned(t, []string{accountHost})
	dir := t.TempDir()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]},
		key:  {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(binary(t), "--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck",
		"--blobHost", "127.0.0.1", "--blobPort", "0", "--cert", cert, "--key", key, "--oauth", "basic")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "AZURITE_ACCOUNTS=account:"+accessKey)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	a := &azurite{}
	lines := bufio.NewScanner(stdout)
	for a.addr == "" && lines.Scan() {
		if m := regexp.MustCompile(`listens on https://(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			a.addr = m[1]
		}
	}
	if a.addr == "" {
		t.Fatalf("azurite-blob did not start: %s", stderr.String())
	}
	go func() {
		for lines.Scan() { // nobody reads on: keep it from waiting
		}
	}()

	transport := newServer(t).client.Transport.(*http.Transport)
	transport.TLSClientConfig.RootCAs = pool
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if strings.HasPrefix(addr, accountHost) {
			addr = a.addr
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	a.client = &http.Client{Transport: transport}
	if a.cred, err = container.NewSharedKeyCredential("account", accessKey); err != nil {
		t.Fatal(err)
	}
	a.operator, err = container.NewClientWithSharedKeyCredential("https://"+accountHost+"/tfstate", a.cred,
		&container.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: a.client}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.operator.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *azurite) put(t *testing.T, key, content string) {
	t.Helper()
	if _, err := a.operator.NewBlockBlobClient(key).UploadBuffer(t.Context(), []byte(content), nil); err != nil {
		t.Fatal(err)
	}
}

// lock does what Terraform does before an apply.
func (a *azurite) lock(t *testing.T, key string) {
	t.Helper()
	b := a.operator.NewBlobClient(key)
	id := "5f1c5f1c-0000-4000-8000-000000000000"
	leased, err := lease.NewBlobClient(b, &lease.BlobClientOptions{LeaseID: &id})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leased.AcquireLease(t.Context(), -1, nil); err != nil {
		t.Fatal(err)
	}
	info := base64.StdEncoding.EncodeToString([]byte(lockInfo))
	_, err = b.SetMetadata(t.Context(), map[string]*string{"terraformlockid": &info}, &blob.SetMetadataOptions{
		AccessConditions: &blob.AccessConditions{LeaseAccessConditions: &blob.LeaseAccessConditions{LeaseID: &id}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// dump is everything that a write could change.
func (a *azurite) dump(t *testing.T) map[string]string {
	t.Helper()
	dump := make(map[string]string)
	pager := a.operator.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Include: container.ListBlobsInclude{Metadata: true, Snapshots: true}})
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Segment.BlobItems {
			snapshot := ""
			if i.Snapshot != nil {
				snapshot = *i.Snapshot
			}
			dump[*i.Name+snapshot] = fmt.Sprint(*i.Properties.ETag, *i.Properties.LastModified, *i.Properties.LeaseState, entry(i.Metadata, "terraformlockid"))
		}
	}
	return dump
}

func (a *azurite) backend(env ...string) state.Backend {
	return New(Options{Auth: azureauth.Options{HTTP: a.client}, Getenv: environment(env...)})
}

// sas makes a SAS token for the container.
func (a *azurite) sas(t *testing.T, permissions sas.ContainerPermissions, until time.Time) string {
	t.Helper()
	values, err := sas.BlobSignatureValues{
		Protocol: sas.ProtocolHTTPS, StartTime: time.Now().Add(-2 * time.Hour), ExpiryTime: until,
		Permissions: permissions.String(), ContainerName: "tfstate",
	}.SignWithSharedKey(a.cred)
	if err != nil {
		t.Fatal(err)
	}
	return values.Encode()
}

func TestAzurite(t *testing.T) {
	a := startAzurite(t)
	for _, tt := range []struct {
		name string
		test func(*testing.T, *azurite)
	}{
		{"conformance", testConformance},
		{"snapshot", testSnapshot},
		{"pages", testPages},
		{"Entra ID", testEntra},
		{"refusals", testRefusals},
	} {
		t.Run(tt.name, func(t *testing.T) {
			empty(t, a)
			tt.test(t, a)
		})
	}
}

func testConformance(t *testing.T, a *azurite) {
	later := time.Now().Add(time.Hour)
	for name, tt := range map[string]struct{ suffix, env string }{
		"access key at the account's host": {"", "ARM_ACCESS_KEY=" + accessKey},
		"access key at an endpoint":        {"?endpoint=https://" + a.addr + "/account", "ARM_ACCESS_KEY=" + accessKey},
		"SAS token":                        {"", "ARM_SAS_TOKEN=?" + a.sas(t, sas.ContainerPermissions{Read: true, List: true}, later)},
	} {
		t.Run(name, func(t *testing.T) {
			empty(t, a)
			ref := func(name string) string { return "azurerm://account/tfstate/" + name + tt.suffix }
			store := statetest.Store{
				Backend: a.backend(tt.env),
				Ref:     ref,
				Put: func(t *testing.T, name string, content []byte) string {
					a.put(t, name, string(content))
					return ref(name)
				},
				Dump:    a.dump,
				Lock:    func(t *testing.T, name string) state.Lock { a.lock(t, name); return wantLock() },
				Pattern: func(prefix string) string { return ref(prefix + "*") },
			}
			if tt.suffix == "" {
				store.Block = func(name string) state.Block {
					return state.Block{Type: "azurerm", Attrs: map[string]any{"storage_account_name": "account", "container_name": "tfstate", "key": name}}
				}
			}
			statetest.Run(t, store)
		})
	}
}

// empty deletes every blob, leases and snapshots notwithstanding.
func empty(t *testing.T, a *azurite) {
	t.Helper()
	for pager := a.operator.NewListBlobsFlatPager(nil); pager.More(); {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Segment.BlobItems {
			b := a.operator.NewBlobClient(*i.Name)
			if leased, err := lease.NewBlobClient(b, nil); err == nil {
				leased.BreakLease(t.Context(), &lease.BlobBreakOptions{BreakPeriod: to.Ptr[int32](0)})
			}
			if _, err := b.Delete(t.Context(), &blob.DeleteOptions{DeleteSnapshots: to.Ptr(blob.DeleteSnapshotsOptionTypeInclude)}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func testSnapshot(t *testing.T, a *azurite) {
	a.put(t, "a.tfstate", "old")
	snapshot, err := a.operator.NewBlobClient("a.tfstate").CreateSnapshot(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	a.put(t, "a.tfstate", "new")
	b := a.backend("ARM_ACCESS_KEY=" + accessKey)
	for query, want := range map[string]string{"": "new", "?snapshot=" + *snapshot.Snapshot: "old"} {
		if got, err := open(t.Context(), b, "azurerm://account/tfstate/a.tfstate"+query); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", query, got, err, want)
		}
	}
	_, err = open(t.Context(), b, "azurerm://account/tfstate/a.tfstate?snapshot=2001-02-03T04:05:06.0000000Z")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a snapshot that is not there: %v", err)
	}
}

// A listing of several pages tells the locks, without a request for a single blob.
func testPages(t *testing.T, a *azurite) {
	const states, size = 50, 20
	for i := range states {
		a.put(t, fmt.Sprintf("env/%02d/terraform.tfstate", i), "{}")
	}
	a.lock(t, "env/49/terraform.tfstate")
	pages := &paged{next: a.client.Transport, size: size}
	b := New(Options{
		Auth:   azureauth.Options{HTTP: &http.Client{Transport: pages}},
		Getenv: environment("ARM_SAS_TOKEN=" + a.sas(t, sas.ContainerPermissions{Read: true, List: true}, time.Now().Add(time.Hour))),
	})
	found, err := b.Parse(t.Context(), "azurerm://account/tfstate/env/**/terraform.tfstate")
	if err != nil || len(found) != states {
		t.Fatalf("%d states, %v; want %d", len(found), err, states)
	}
	for i, source := range found {
		lock, err := source.(state.Locked).Lock(t.Context())
		if err != nil || (lock != nil) != (i == 49) || lock != nil && *lock != wantLock() {
			t.Errorf("%s: lock %v, %v", source, lock, err)
		}
	}
	if pages.requests != 3 {
		t.Errorf("%d requests; want 3", pages.requests)
	}
}

// paged counts requests, and asks for smaller pages, which a SAS token does not sign.
type paged struct {
	next           http.RoundTripper
	size, requests int
}

func (p *paged) RoundTrip(r *http.Request) (*http.Response, error) {
	p.requests++
	r = r.Clone(r.Context())
	r.URL.RawQuery += fmt.Sprintf("&maxresults=%d", p.size)
	return p.next.RoundTrip(r)
}

func testEntra(t *testing.T, a *azurite) {
	a.put(t, "a.tfstate", "{}")
	for audience, want := range map[string]string{
		"https://storage.azure.com": "",
		"https://vault.azure.net":   "the account does not accept the token",
	} {
		s := newServer(t)
		cloud := s.entra()
		part := func(doc any) string {
			data, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			return base64.RawURLEncoding.EncodeToString(data)
		}
		now := time.Now().Unix()
		token := part(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." + part(map[string]any{
			"aud": audience, "iss": "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/", "nbf": now - 60, "iat": now - 60, "exp": now + 3600,
		}) + "." + base64.RawURLEncoding.EncodeToString([]byte("signature"))
		entra := s.routes["login.private.example"]
		s.on("login.private.example", func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/token") {
				rw.Header().Set("Content-Type", "application/json")
				json.NewEncoder(rw).Encode(map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": token})
				return
			}
			entra(rw, r)
		})
		b := New(Options{
			Auth: azureauth.Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush", Cloud: cloud, HTTP: &http.Client{
				Transport: byHost{account: a.client.Transport, others: s.client.Transport},
			}},
			Configured: true,
		})
		got, err := open(impatient(t), b, "azurerm://account/tfstate/a.tfstate")
		if want == "" && (err != nil || got != "{}") {
			t.Errorf("%s: %q, %v", audience, got, err)
		}
		if want != "" && (!errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %q, %v; want %s", audience, got, err, want)
		}
	}
}

// byHost sends what is for the account there.
type byHost struct{ account, others http.RoundTripper }

func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == accountHost {
		return b.account.RoundTrip(r)
	}
	return b.others.RoundTrip(r)
}

func testRefusals(t *testing.T, a *azurite) {
	a.put(t, "a.tfstate", "{}")
	hour := time.Now().Add(time.Hour)
	const ref = "azurerm://account/tfstate/a.tfstate"
	tests := []struct {
		name, ref, env, want string
		is                   error
	}{
		{"wrong key", ref, "ARM_ACCESS_KEY=d3Jvbmc=", "the access key is not one of the account's", fs.ErrPermission},
		{"expired SAS", ref, "ARM_SAS_TOKEN=" + a.sas(t, sas.ContainerPermissions{Read: true}, time.Now().Add(-time.Hour)), "the SAS token has expired at 20", fs.ErrPermission},
		{"SAS that may not read", ref, "ARM_SAS_TOKEN=" + a.sas(t, sas.ContainerPermissions{Write: true}, hour), "the SAS token does not allow it", fs.ErrPermission},
		{"SAS that may not list", "azurerm://account/tfstate/*", "ARM_SAS_TOKEN=" + a.sas(t, sas.ContainerPermissions{Read: true}, hour), "the SAS token does not allow it", fs.ErrPermission},
		{"SAS with another signature", ref, "ARM_SAS_TOKEN=" + a.sas(t, sas.ContainerPermissions{Read: true}, hour) + "x", "the SAS token does not allow it", fs.ErrPermission},
		{"container missing", "azurerm://account/other/a", "ARM_ACCESS_KEY=" + accessKey, "container other does not exist", fs.ErrNotExist},
		{"container of a pattern missing", "azurerm://account/other/*", "ARM_ACCESS_KEY=" + accessKey, "container other does not exist", fs.ErrNotExist},
		{"blob missing", "azurerm://account/tfstate/b", "ARM_ACCESS_KEY=" + accessKey, "does not exist; check the key", fs.ErrNotExist},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(impatient(t), a.backend(tt.env), tt.ref)
			var e *state.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, tt.is) || strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "sig=") {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			t.Log(err)
		})
	}
}
