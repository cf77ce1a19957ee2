package azure

import (
	"encoding/json"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// wholeAnswers is a policy that takes for an answer only what has something in it.
// The SDK makes an empty list of an empty body, of null and of an error with the
// status 200, and an empty list says that what the states hold is gone.
type wholeAnswers struct{}

// Do implements policy.Policy.
func (wholeAnswers) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || resp.StatusCode != http.StatusOK || req.Raw().Method == http.MethodHead {
		return resp, err
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return nil, err
	}
	// One that is no JSON is for the reader to refuse: it says so as well.
	var answer map[string]key
	if err := json.Unmarshal(body, &answer); len(body) > 0 && err != nil {
		return resp, nil //nolint:nilerr // see above
	}
	if len(answer) == 0 || len(answer) == 1 && bool(answer["error"]) {
		return nil, hollowError{}
	}
	return resp, nil
}

// key is true for a key that a document has.
type key bool

// UnmarshalJSON implements json.Unmarshaler.
func (k *key) UnmarshalJSON([]byte) error {
	*k = true
	return nil
}

// hollowError is an answer with nothing in it.
type hollowError struct{}

func (hollowError) Error() string { return "an answer with nothing in it" }

// NonRetriable tells azcore not to try again.
func (hollowError) NonRetriable() {}

// endlessError is a list whose page names itself as the next one.
type endlessError struct{}

func (endlessError) Error() string {
	return "the list does not end: a page names itself as the next one"
}
