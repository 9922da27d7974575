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

    /// As a whole number, cut where it is none; what names of values go by. What no int64 can hold is the lowest
    /// one: that is what snmp_exporter makes of it, on amd64.
    pub fn whole(self) -> i64 {
        // A float64 first, as there: numbers beyond 2^53 lose their last digits.
        let number = self.float();
        let fits = (i64::MIN as f64..-(i64::MIN as f64)).contains(&number);
        if fits { number as i64 } else { i64::MIN }
    }

    /// Scaled, then offset.
    pub fn adjust(self, adjust: &Adjust) -> Self {
        if adjust.scale == 0.0 && adjust.offset == 0.0 {
            return self;
        }
        let scaled = if adjust.scale == 0.0 { self.float() } else { self.float() * adjust.scale };
        Number::Float(scaled + adjust.offset)
    }

    /// Writes it as snmp_exporter does, which is how Go writes a float64: the fewest digits that read back the same,
    /// with an exponent from a million on.
    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Number::Int(n) if n.unsigned_abs() <= EXACT => write_whole(n < 0, n.unsigned_abs(), out),
            Number::Uint(n) if n <= EXACT => write_whole(false, n, out),
            _ => write_float(self.float(), out),
        }
    }
}

/// From here on numbers have an exponent.
const EXPONENT_FROM: u64 = 1_000_000;

/// A whole number that a float64 holds exactly.
fn write_whole(negative: bool, n: u64, out: &mut Vec<u8>) {
    if negative {
        out.push(b'-');
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(n).as_bytes();
    match n < EXPONENT_FROM {
        true => out.extend_from_slice(digits),
        false => write_scientific(digits, digits.len() as i32 - 1, out),
    }
}

fn write_float(n: f64, out: &mut Vec<u8>) {
    if n.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if n.is_infinite() {
        return out.extend_from_slice(if n > 0.0 { b"+Inf" } else { b"-Inf" });
    }
    if n.fract() == 0.0 && n.abs() <= EXACT as f64 {
        return write_whole(n < 0.0, n.abs() as u64, out);
    }
    if n < 0.0 {
        out.push(b'-');
    }
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(n.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    if (1e-4..EXPONENT_FROM as f64).contains(&n.abs()) {
        return out.extend_from_slice(mantissa.as_bytes());
    }
    // The digits, and the power of ten of the first that is not 0.
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let power = exponent.parse::<i32>().unwrap_or(0) + whole.len() as i32 - 1 - zeros as i32;
    let digits = digits.get(zeros..).unwrap_or_default();
    write_scientific(digits, power, out);
}

/// `d.ddde+XX`, without zeros at the end.
fn write_scientific(digits: &[u8], power: i32, out: &mut Vec<u8>) {
    let end = digits.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
    let (first, rest) = digits.get(..end).unwrap_or(digits).split_at(1.min(digits.len()));
    out.extend_from_slice(first);
    if !rest.is_empty() {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
    out.extend_from_slice(if power < 0 { b"e-" } else { b"e+" });
    if power.abs() < 10 {
        out.push(b'0');
    }
    out.extend_from_slice(itoa::Buffer::new().format(power.unsigned_abs()).as_bytes());
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
    fn numbers_are_written_as_go_writes_them() {
        for (number, expected) in [
            (Number::Int(-3), "-3"),
            (Number::Int(999_999), "999999"),
            (Number::Int(1_000_000), "1e+06"),
            (Number::Int(-1_234_567), "-1.234567e+06"),
            (Number::Uint(100_000), "100000"),
            (Number::Uint(4_294_967_295), "4.294967295e+09"),
            (Number::Uint((1 << 53) - 1), "9.007199254740991e+15"),
            (Number::Uint((1 << 53) + 1), "9.007199254740992e+15"),
            (Number::Uint(u64::MAX), "1.8446744073709552e+19"),
            (Number::Int(i64::MIN), "-9.223372036854776e+18"),
            (Number::Float(0.1), "0.1"),
            (Number::Float(-0.0), "0"),
            (Number::Float(1e6), "1e+06"),
            (Number::Float(999_999.5), "999999.5"),
            (Number::Float(1_000_000.5), "1.0000005e+06"),
            (Number::Float(-123_456_789.25), "-1.2345678925e+08"),
            (Number::Float(0.0001), "0.0001"),
            (Number::Float(0.000_123), "0.000123"),
            (Number::Float(-0.000_01), "-1e-05"),
            (Number::Float(1.5e-7), "1.5e-07"),
            (Number::Float(-2e-7), "-2e-07"),
            (Number::Float(1e21), "1e+21"),
            (Number::Float(5e-324), "5e-324"),
            (Number::Float(f64::MAX), "1.7976931348623157e+308"),
            (Number::Float(-62_169_984_000.0), "-6.2169984e+10"),
            (Number::Float(f64::NAN), "NaN"),
            (Number::Float(f64::INFINITY), "+Inf"),
            (Number::Float(f64::NEG_INFINITY), "-Inf"),
            (Number::Float(f64::from(0.1f32)), "0.10000000149011612"),
            (Number::Float(f64::from(f32::MAX)), "3.4028234663852886e+38"),
        ] {
            assert_eq!(text(number), expected);
        }
    }

    #[test]
    fn whole_numbers_are_those_of_go() {
        for (number, expected) in [
            (Number::Int(-3), -3),
            (Number::Float(-2.9), -2),
            (Number::Uint((1 << 53) + 1), 1 << 53),
            (Number::Int(i64::MAX), i64::MIN),
            (Number::Uint(u64::MAX), i64::MIN),
            (Number::Float(f64::NAN), i64::MIN),
            (Number::Float(f64::INFINITY), i64::MIN),
            (Number::Float(-1e300), i64::MIN),
        ] {
            assert_eq!(number.whole(), expected, "{number:?}");
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
