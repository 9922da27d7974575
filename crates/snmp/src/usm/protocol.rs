//! The names of security levels and protocols, as configuration files write them, and their measures.

/// Names an enum's values.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// All there are.
            pub const ALL: &'static [Self] = &[$($name::$variant),+];

            /// The name in configuration files.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text),+
                }
            }

            /// What has this name in configuration files.
            pub fn from_name(text: &str) -> Option<Self> {
                match text {
                    $($text => Some($name::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

named! {
    /// The security level (RFC 3411 `snmpSecurityLevel`).
    SecurityLevel {
        /// Neither authenticated nor encrypted.
        NoAuthNoPriv = "noAuthNoPriv",
        /// Authenticated.
        AuthNoPriv = "authNoPriv",
        /// Authenticated and encrypted.
        AuthPriv = "authPriv",
    }
}

named! {
    /// The authentication protocol (RFC 3414, RFC 7860).
    AuthProtocol {
        /// HMAC-MD5-96.
        Md5 = "MD5",
        /// HMAC-SHA-96.
        Sha = "SHA",
        /// HMAC-128-SHA-224.
        Sha224 = "SHA224",
        /// HMAC-192-SHA-256.
        Sha256 = "SHA256",
        /// HMAC-256-SHA-384.
        Sha384 = "SHA384",
        /// HMAC-384-SHA-512.
        Sha512 = "SHA512",
    }
}

named! {
    /// The privacy protocol (RFC 3414, RFC 3826; the longer keys by convention).
    PrivProtocol {
        /// CBC-DES.
        Des = "DES",
        /// CFB128-AES-128.
        Aes = "AES",
        /// AES-192, key extended by Blumenthal's draft.
        Aes192 = "AES192",
        /// AES-256, key extended by Blumenthal's draft.
        Aes256 = "AES256",
        /// AES-192, key extended by Reeder's draft, as Cisco does.
        Aes192C = "AES192C",
        /// AES-256, key extended by Reeder's draft, as Cisco does.
        Aes256C = "AES256C",
    }
}
