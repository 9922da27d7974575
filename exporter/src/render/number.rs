//! Numbers of values, and numbers as text.

use snmp::Value;

use crate::plan::family::Adjust;

/// A float64 has so many whole numbers: counters wrap here, so that they stay exact.
const EXACT: u64 = 1 << 53;

/// A sample's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    /// Below zero, or a small one.
    Int(i64),
    /// Up to 64 bits.
    Uint(u64),
    /// All others.
    Float(f64),
}

impl Number {
    /// The number in a value; 0 where there is none, even in digits.
    pub fn of(value: &Value, wrap_large_counters: bool) -> Self {
        match *value {
            Value::Counter64(n) if wrap_large_counters => Number::Uint(n % EXACT),
            Value::Counter64(n) => Number::Uint(n),
            Value::Integer(n) => Number::Int(n),
            Value::Counter32(n) | Value::Gauge32(n) => Number::Uint(n),
            Value::TimeTicks(n) | Value::UInteger32(n) => Number::Uint(n.into()),
            Value::OpaqueFloat(n) => Number::Float(n.into()),
            Value::OpaqueDouble(n) => Number::Float(n),
            _ => Number::Int(0),
        }
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        match self {
            Number::Int(n) => n == 0,
            Number::Uint(n) => n == 0,
            Number::Float(n) => n == 0.0,
        }
    }

    /// As the float64 it is for Prometheus.
    pub fn float(self) -> f64 {
        match self {
            Number::Int(n) => n as f64,
            Number::Uint(n) => n as f64,
            Number::Float(n) => n,
        }
    }

    /// As a whole number, cut where it is none; what names of values go by.
    pub fn whole(self) -> i64 {
        match self {
            Number::Int(n) => n,
            Number::Uint(n) => n as i64,
            Number::Float(n) => n as i64,
        }
    }

    /// Scaled, then offset.
    pub fn adjust(self, adjust: &Adjust) -> Self {
        if adjust.scale == 0.0 && adjust.offset == 0.0 {
            return self;
        }
        let scaled = if adjust.scale == 0.0 { self.float() } else { self.float() * adjust.scale };
        Number::Float(scaled + adjust.offset)
    }

    /// Writes it so that Prometheus reads the same float64.
    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Number::Int(n) => out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes()),
            Number::Uint(n) => out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes()),
            Number::Float(n) if n.is_nan() => out.extend_from_slice(b"NaN"),
            Number::Float(n) if n.is_infinite() => {
                out.extend_from_slice(if n > 0.0 { b"+Inf" } else { b"-Inf" });
            }
            Number::Float(n) if n.fract() == 0.0 && n.abs() < EXACT as f64 => {
                out.extend_from_slice(itoa::Buffer::new().format(n as i64).as_bytes());
            }
            Number::Float(n) => out.extend_from_slice(ryu::Buffer::new().format_finite(n).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: Number) -> String {
        let mut out = Vec::new();
        number.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_read_back_as_they_were() {
        for (number, expected) in [
            (Number::Int(-3), "-3"),
            (Number::Uint(u64::MAX), "18446744073709551615"),
            (Number::Float(0.1), "0.1"),
            (Number::Float(-0.0), "0"),
            (Number::Float(1e6), "1000000"),
            (Number::Float(1e21), "1e21"),
            (Number::Float(-62_169_984_000.0), "-62169984000"),
            (Number::Float(f64::NAN), "NaN"),
            (Number::Float(f64::INFINITY), "+Inf"),
            (Number::Float(f64::NEG_INFINITY), "-Inf"),
            (Number::Float(f64::from(0.1f32)), "0.10000000149011612"),
        ] {
            assert_eq!(text(number), expected);
        }
    }

    #[test]
    fn values_have_numbers() {
        for (value, wrapped, whole) in [
            (Value::Integer(-1), -1.0, -1.0),
            (Value::Counter64(9_007_199_254_740_993), 1.0, 9_007_199_254_740_992.0),
            (Value::Counter64(1 << 63), 0.0, 9_223_372_036_854_775_808.0),
            (Value::Counter32(u64::from(u32::MAX)), 4_294_967_295.0, 4_294_967_295.0),
            (Value::TimeTicks(7), 7.0, 7.0),
            (Value::UInteger32(7), 7.0, 7.0),
            (Value::OpaqueFloat(0.1), 0.100_000_001_490_116_12, 0.100_000_001_490_116_12),
            (Value::OpaqueDouble(3.5), 3.5, 3.5),
            (Value::OctetString("42".into()), 0.0, 0.0),
            (Value::ObjectIdentifier([1, 3, 6].into()), 0.0, 0.0),
            (Value::IpAddress(None), 0.0, 0.0),
            (Value::Null, 0.0, 0.0),
        ] {
            assert_eq!(Number::of(&value, true).float(), wrapped, "{value:?}");
            assert_eq!(Number::of(&value, false).float(), whole, "{value:?}");
        }
    }
}
