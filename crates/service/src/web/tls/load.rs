//! Reads certificates and keys, and puts a server's TLS together.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{ServerConfig, SupportedCipherSuite};
use tracing::warn;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo, X509Certificate};

use super::{Pem, Settings};
use crate::web::fields::{Mistake, Placed};

/// What connections need.
pub(in crate::web) struct Loaded {
    pub config: Arc<ServerConfig>,
    /// When the certificate ends, as a text.
    pub expires: String,
}

impl Settings {
    /// Reads the files. Offers HTTP/2 where `http2`.
    pub fn load(&self, http2: bool) -> Result<Loaded, Mistake> {
        let (certified, expires) = self.certified()?;
        let provider = Arc::new(self.provider());
        let wrong =
            |error: rustls::Error| Mistake::new(self.certificate.line, super::SECTION, error.to_string());
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_protocol_versions(&self.versions).map_err(wrong)?;
        let builder = match self.client.verifier(&provider)? {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.ignore_client_order = self.prefer_ours;
        let protocols: &[&[u8]] = if http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(Loaded { config: Arc::new(config), expires })
    }

    /// The certificate with its key, and when it ends.
    fn certified(&self) -> Result<(CertifiedKey, String), Mistake> {
        let chain = certificates(&self.certificate)?;
        let key = private_key(&self.key)?;
        let unreadable = || self.certificate.wrong("the first certificate is damaged");
        let (_, own) =
            chain.first().and_then(|own| X509Certificate::from_der(own).ok()).ok_or_else(unreadable)?;
        if !belongs(key.as_ref(), own.public_key()) {
            return Err(self.key.wrong("not the key of the certificate, expected the one it was made with"));
        }
        let validity = own.validity();
        if !validity.is_valid() {
            warn!(from = %validity.not_before, to = %validity.not_after, "the web server's certificate is not valid now");
        }
        let expires = validity.not_after.to_string();
        Ok((CertifiedKey::new(chain, key), expires))
    }

    /// The suites and groups that are permitted.
    fn provider(&self) -> CryptoProvider {
        let mut provider = ring::default_provider();
        if !self.suites.is_empty() {
            let newest = |suite: &SupportedCipherSuite| suite.tls13().is_some();
            let named = self.suites.iter().copied().filter(|suite| !newest(suite));
            provider.cipher_suites = provider.cipher_suites.into_iter().filter(newest).chain(named).collect();
        }
        if !self.groups.is_empty() {
            provider.kx_groups.clone_from(&self.groups);
        }
        provider
    }
}

/// All certificates of a PEM text.
pub(super) fn certificates(pem: &Placed<Pem>) -> Result<Vec<CertificateDer<'static>>, Mistake> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes(pem)?).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => {
            Err(pem
                .wrong(format!("{}no certificate in it, expected -----BEGIN CERTIFICATE-----", named(pem))))
        }
    }
}

fn private_key(pem: &Placed<Pem>) -> Result<Arc<dyn SigningKey>, Mistake> {
    let text = bytes(pem)?;
    if text.windows(9).any(|word| word == b"ENCRYPTED") {
        return Err(pem.wrong(format!("{}the key has a passphrase, expected one without", named(pem))));
    }
    let key = PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        pem.wrong(format!("{}no key in it, expected -----BEGIN PRIVATE KEY-----", named(pem)))
    })?;
    ring::sign::any_supported_type(&key).map_err(|_| {
        let expected = "expected RSA of 2048 to 4096 bits, ECDSA with P-256 or P-384, or Ed25519";
        pem.wrong(format!("{}a kind of key that is not supported, {expected}", named(pem)))
    })
}

/// Whether a key is the other half of a certificate's.
fn belongs(key: &dyn SigningKey, certified: &SubjectPublicKeyInfo<'_>) -> bool {
    let Some(public) = key.public_key() else { return true };
    let public = SubjectPublicKeyInfo::from_der(&public);
    public.is_ok_and(|(_, public)| public.subject_public_key.data == certified.subject_public_key.data)
}

fn bytes(pem: &Placed<Pem>) -> Result<Vec<u8>, Mistake> {
    match &pem.value {
        Pem::Inline(text) => Ok(text.clone().into_bytes()),
        Pem::File(path) => read(path).map_err(|error| pem.wrong(format!("{}: {error}", path.display()))),
    }
}

/// Reads a file, and no pipe: nobody may ever write to that.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    std::fs::read(path)
}

/// A file's name, to be put before what is wrong with it.
fn named(pem: &Placed<Pem>) -> String {
    match &pem.value {
        Pem::File(path) => format!("{}: ", path.display()),
        Pem::Inline(_) => String::new(),
    }
}
