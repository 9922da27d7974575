//! Which clients' certificates are good.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    SignatureScheme,
};
use tracing::warn;
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, ParsedExtension, X509Certificate};

use super::Client;
use super::load::certificates;
use crate::web::fields::Mistake;

/// Where distributions keep the certificates of the authorities they trust.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

impl Client {
    /// `None` where nobody is asked for a certificate.
    pub fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Option<Arc<dyn ClientCertVerifier>>, Mistake> {
        let policy = self.policy.value;
        if !policy.asks() {
            return Ok(None);
        }
        if !self.names.is_empty() && !policy.verifies() {
            warn!(
                "client_allowed_sans without RequireAndVerifyClientCert: anybody can make himself such a certificate"
            );
        }
        let (mut roots, mut chains) = (Vec::new(), None);
        if policy.verifies() {
            let store = self.authorities(&mut roots)?;
            let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider.clone());
            chains = Some(builder.build().map_err(|error| self.policy.wrong(error.to_string()))?);
        }
        Ok(Some(Arc::new(Verifier {
            provider: provider.clone(),
            chains,
            roots,
            // A certificate that has to have a name has to be there: Go refuses, too.
            mandatory: policy.requires() || !self.names.is_empty(),
            names: self.names.clone(),
        })))
    }

    /// Who signs good certificates. Those that are named here, and not by the system, also count by themselves.
    fn authorities(&self, roots: &mut Vec<CertificateDer<'static>>) -> Result<RootCertStore, Mistake> {
        let mut store = RootCertStore::empty();
        if let Some(named) = &self.authorities {
            *roots = certificates(named)?;
            for root in &*roots {
                store
                    .add(root.clone())
                    .map_err(|error| named.wrong(format!("a certificate in it: {error}")))?;
            }
            return Ok(store);
        }
        warn!(
            "no client_ca_file: every client is good whose certificate an authority of this system has signed"
        );
        let bundle = BUNDLES.iter().find_map(|path| std::fs::read(path).ok()).unwrap_or_default();
        store.add_parsable_certificates(CertificateDer::pem_slice_iter(&bundle).filter_map(Result::ok));
        if store.is_empty() {
            return Err(self
                .policy
                .wrong("needs client_ca_file (or client_ca), as this system names no authorities"));
        }
        Ok(store)
    }
}

/// Checks a client's certificate as Go does.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// Checks who signed it; `None` where that does not matter.
    chains: Option<Arc<dyn ClientCertVerifier>>,
    /// The certificates in the file of authorities. One that is presented itself is good, too.
    roots: Vec<CertificateDer<'static>>,
    mandatory: bool,
    names: Vec<String>,
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chains.as_ref().map_or(&[], |chains| chains.root_hint_subjects())
    }

    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Some(chains) = &self.chains {
            if self.roots.iter().any(|root| root == own) {
                usable(own, now)?;
            } else {
                chains.verify_client_cert(own, others, now)?;
            }
        }
        if !self.names.is_empty() {
            let found = names(own)?;
            if !found.iter().any(|name| self.names.contains(name)) {
                let reason = format!("none of its names {found:?} is among client_allowed_sans");
                return Err(refused(reason));
            }
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, own, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, own, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a certificate that is trusted by itself is so now and for this purpose. The chain's own check would refuse
/// the self-signed ones that are both authority and client.
fn usable(own: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let own = parse(own)?;
    let now = ASN1Time::from_timestamp(now.as_secs() as i64).map_err(|_| refused("no such time".into()))?;
    if now > own.validity().not_after {
        return Err(CertificateError::Expired.into());
    }
    if now < own.validity().not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    match own.extended_key_usage() {
        Ok(Some(usage)) if !usage.value.any && !usage.value.client_auth => {
            Err(CertificateError::InvalidPurpose.into())
        }
        Ok(_) => Ok(()),
        Err(_) => Err(CertificateError::BadEncoding.into()),
    }
}

/// Whom a certificate names: its subject's common name, else its first alternative name, else its whole subject.
pub(in crate::web) fn subject(own: &CertificateDer<'_>) -> String {
    let Ok(parsed) = parse(own) else { return "client".into() };
    let common = parsed.subject().iter_common_name().find_map(|name| name.as_str().ok());
    let common = common.filter(|name| !name.is_empty()).map(str::to_owned);
    common.or_else(|| names(own).ok()?.into_iter().next()).unwrap_or_else(|| parsed.subject().to_string())
}

/// Its subject alternative names (RFC 5280 §4.2.1.6): host names, addresses, mail addresses, URIs.
fn names(own: &CertificateDer<'_>) -> Result<Vec<String>, Error> {
    let own = parse(own)?;
    let extensions = own.extensions().iter().map(|extension| extension.parsed_extension());
    let names = extensions.filter_map(|extension| match extension {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    Ok(names
        .flatten()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => {
                Some((*name).to_owned())
            }
            GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
            _ => None,
        })
        .collect())
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let address = match <[u8; 4]>::try_from(bytes) {
        Ok(bytes) => Ipv4Addr::from(bytes).into(),
        Err(_) => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
    };
    Some(address.to_canonical())
}

fn parse<'a>(own: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, Error> {
    let parsed = X509Certificate::from_der(own).map(|(_, parsed)| parsed);
    parsed.map_err(|_| CertificateError::BadEncoding.into())
}

fn refused(reason: String) -> Error {
    CertificateError::Other(OtherError(Arc::new(std::io::Error::other(reason)))).into()
}
