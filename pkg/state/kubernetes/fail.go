package kubernetes

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// fail makes the one line of a failed reading.
func (s *source) fail(ctx context.Context, err error) *state.Error {
	p := s.place
	switch {
	case isStatus(err, http.StatusNotFound) && s.cluster.noNamespace(ctx, p.namespace):
		return noNamespace(s.String(), p.namespace)
	case isStatus(err, http.StatusNotFound):
		return &state.Error{
			Source:  s.String(),
			Problem: "there is no secret " + p.secret(0) + " in the namespace " + p.namespace,
			Remedy:  "check secret_suffix and the workspace; list them: kubectl get secrets -n " + p.namespace + " -l tfstate=true",
			Err:     fs.ErrNotExist,
		}
	case errors.Is(err, errNoState):
		return &state.Error{
			Source:  s.String(),
			Problem: "the secret " + p.secret(0) + " holds no state",
			Remedy:  "check that terraform has written one: it is under the key tfstate",
			Err:     fs.ErrNotExist,
		}
	case isStatus(err, http.StatusForbidden):
		return &state.Error{
			Source:  s.String(),
			Problem: "the secret " + p.secret(0) + " may not be read by these credentials",
			Remedy:  "grant get on secrets in the namespace " + p.namespace + ": kubectl create role --verb=get --resource=secrets, and a rolebinding",
			Err:     fs.ErrPermission,
		}
	}
	e := explain(err)
	e.Source = s.String()
	return e
}

// failList makes the one line of a failed listing.
func (s *source) failList(ctx context.Context, ref string, err error) *state.Error {
	e := &state.Error{
		Problem: "the secrets in the namespace " + s.place.namespace + " may not be listed by these credentials",
		Remedy:  "grant list on secrets in it, or name one state: kubernetes://" + s.place.namespace + "/SECRET_SUFFIX",
		Err:     fs.ErrPermission,
	}
	if !isStatus(err, http.StatusForbidden) {
		e = s.fail(ctx, err)
	}
	e.Source = ref
	return e
}

func noNamespace(source, namespace string) *state.Error {
	return &state.Error{
		Source:  source,
		Problem: "there is no namespace " + namespace + " in the cluster",
		Remedy:  "check the namespace, and that the context is that of the right cluster: kubectl config current-context",
		Err:     fs.ErrNotExist,
	}
}

// explain makes the problem and the remedy of what is not the state's own.
func explain(err error) *state.Error {
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			return &state.Error{Problem: "was not opened: " + cause.Error(), Remedy: "try again", Err: cause}
		}
	}
	var config *configError
	var status *statusError
	switch {
	case errors.As(err, &config):
		return &state.Error{Problem: config.problem, Remedy: config.remedy}
	case isStatus(err, http.StatusUnauthorized):
		return &state.Error{Problem: "the cluster does not accept the credentials", Remedy: "renew them: kubectl get namespaces shows whether they are good", Err: fs.ErrPermission}
	case isStatus(err, http.StatusGone):
		return &state.Error{Problem: "the listing took too long for the cluster", Remedy: "try again"}
	case errors.As(err, &status):
		problem := status.Error()
		if status.code >= 500 || status.code == http.StatusTooManyRequests {
			problem += fmt.Sprintf(", %d times in a row", tries)
		}
		return &state.Error{Problem: problem, Remedy: "try again later"}
	case errors.Is(err, errAnswer):
		return &state.Error{Problem: errAnswer.Error(), Remedy: "check that host, or server in the kubeconfig, is the API of a cluster"}
	case strings.Contains(err.Error(), "getting credentials: "):
		return &state.Error{Problem: "the program that gets the credentials (exec in the kubeconfig) has failed", Remedy: "install it, and run: kubectl get namespaces"}
	}
	return explainConnection(err)
}

func explainConnection(err error) *state.Error {
	var (
		name     x509.HostnameError
		unknown  x509.UnknownAuthorityError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		dns      *net.DNSError
		netError *net.OpError
	)
	switch {
	case errors.As(err, &name):
		return &state.Error{Problem: "the TLS certificate of the cluster is for another host", Remedy: "check host, or server in the kubeconfig"}
	case errors.As(err, &unknown), errors.As(err, &verify):
		return &state.Error{Problem: "the TLS certificate of the cluster is not trusted", Remedy: "give its authority in cluster_ca_certificate (KUBE_CLUSTER_CA_CERT_DATA), or in the kubeconfig"}
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return &state.Error{Problem: "the cluster does not speak TLS", Remedy: "check host, or server in the kubeconfig"}
	case errors.As(err, &dns):
		return &state.Error{Problem: "the address of the cluster is not found", Remedy: "check host, or server in the kubeconfig, and the network"}
	case errors.As(err, &netError):
		return &state.Error{Problem: "the cluster cannot be reached", Remedy: "check host, or server in the kubeconfig, the network and the proxy"}
	}
	return &state.Error{Problem: "the cluster cannot be asked", Remedy: "find out with: kubectl get namespaces"}
}

// kubeconfigError says why a kubeconfig cannot be used. The library's own words
// can hold its content.
func kubeconfigError(err error, paths []string) error {
	names := strings.Join(paths, ", ")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &configError{"the kubeconfig " + names + " does not exist", "check config_path, KUBE_CONFIG_PATH and KUBECONFIG"}
	case errors.Is(err, fs.ErrPermission):
		return &configError{"the kubeconfig " + names + " may not be read by this user", "give this user read access"}
	case clientcmd.IsConfigurationInvalid(err), clientcmd.IsContextNotFound(err), clientcmd.IsEmptyConfig(err):
		return &configError{"the kubeconfig " + names + " is not complete", "check the context, its cluster and its user: kubectl config view --minify"}
	}
	return &configError{"the kubeconfig " + names + " cannot be read", "check that it is YAML: kubectl config view"}
}

func isStatus(err error, code int) bool {
	var status *statusError
	return errors.As(err, &status) && status.code == code
}
