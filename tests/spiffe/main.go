// A foreign verifier: go-spiffe reads the bundle of a ledger and verifies a gateway's certificate by
// it, without asking the ledger.
//
//	spiffe BUNDLE TRUST-DOMAIN CERTIFICATE SPIFFE-ID
//
// BUNDLE is the answer of /spiffe-bundle.json, CERTIFICATE a file in PEM. Prints the sequence of the
// bundle and how many CAs it holds; ends with 1 and why when the certificate is not of that name and
// domain.
package main

import (
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/spiffe/go-spiffe/v2/bundle/spiffebundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

func verify(bundlePath, domainName, certificatePath, wanted string) error {
	domain, err := spiffeid.TrustDomainFromString(domainName)
	if err != nil {
		return err
	}
	bundle, err := spiffebundle.Load(domain, bundlePath)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(certificatePath)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return errors.New("no certificate in PEM")
	}
	id, _, err := x509svid.ParseAndVerify([][]byte{block.Bytes}, bundle)
	if err != nil {
		return err
	}
	if id.String() != wanted {
		return fmt.Errorf("the certificate is of %s", id)
	}
	sequence, _ := bundle.SequenceNumber()
	fmt.Println(sequence, len(bundle.X509Authorities()))
	return nil
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: spiffe BUNDLE TRUST-DOMAIN CERTIFICATE SPIFFE-ID")
		os.Exit(2)
	}
	if err := verify(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
