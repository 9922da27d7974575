//! Devices and walks out of nothing, and a store's part of what a classifier does with them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ward_classifier::change::{self, Changes, Policy};
use ward_classifier::facts::{DeviceFacts, Duplex, InterfaceFacts, RawTexts, Status};
use ward_classifier::labeller::InForce;
use ward_classifier::rules::Ruleset;
use ward_classifier::state::{DeviceId, DeviceState};
use ward_classifier::store::{Listed, Store, Versioned, Written};
use ward_classifier::timestamp::Timestamp;
use ward_classifier::walk::{Columns, Walk};

/// The built-in rules.
pub fn rules() -> &'static InForce {
    static RULES: OnceLock<InForce> = OnceLock::new();
    RULES.get_or_init(|| InForce {
        rules: Arc::new(Ruleset::built_in().expect("the built-in rules")),
        overrides: Arc::default(),
        digest: "built-in".into(),
    })
}

/// That many hours after some beginning.
pub fn hour(hour: i64) -> Timestamp {
    Timestamp::from_millis(1_795_384_800_000 + hour * 3_600_000)
}

/// A port of a switch.
pub fn port(if_index: u32, name: &str, alias: &str) -> InterfaceFacts {
    InterfaceFacts {
        if_index,
        name: name.into(),
        descr: format!("GigabitEthernet{name}"),
        alias: alias.into(),
        if_type: Some(6),
        speed_bps: Some(1_000_000_000),
        mtu: Some(1500),
        admin: Some(Status::Up),
        oper: Some(Status::Up),
        mac: Some([0, 0x1a, 0x2b, 0, 0, u8::try_from(if_index % 256).unwrap_or_default()]),
        connector: Some(true),
        last_change: Some(4711),
        ..InterfaceFacts::default()
    }
}

/// A port with a value in every place, the odd ones too.
pub fn odd_port() -> InterfaceFacts {
    InterfaceFacts {
        alias: "მაგთი \u{fffd} 'quoted' \"\\\n\t☎".into(),
        speed_bps: Some(i64::MAX as u64),
        if_type: Some(u32::MAX),
        oper: Some(Status::LowerLayerDown),
        admin: Some(Status::Testing),
        duplex: Some(Duplex::Half),
        connector: Some(false),
        addresses: vec!["192.0.2.1/30".parse().unwrap(), "2001:db8::1/64".parse().unwrap()],
        is_lag: true,
        lag: Some("Po1".into()),
        raw: Some(Box::new(RawTexts { alias: Some(vec![0, 0xff, 0x80]), ..RawTexts::default() })),
        ..port(u32::MAX, "Te1/1", "")
    }
}

/// A device's walk in some hour.
pub fn walk(device: &str, at: i64, interfaces: Vec<InterfaceFacts>) -> Walk {
    let device = DeviceFacts {
        name: device.into(),
        address: "192.0.2.7".into(),
        labels: [("site".to_owned(), "rustavi".to_owned())].into(),
        sys_name: format!("{device}.bank.example"),
        sys_object_id: "1.3.6.1.4.1.9.1.1".into(),
        sys_descr: "Cisco IOS\r\nSoftware".into(),
        serial: format!("FOC1846{device}"),
        ..DeviceFacts::default()
    };
    Walk {
        device,
        started: hour(at),
        took: Duration::from_millis(120),
        interfaces,
        all_rows: true,
        read: Columns::ALL,
        gates: "{\"if_table_last_change\":5}".into(),
        ..Walk::default()
    }
}

/// A switch with that many ports, one of them a provider's line.
pub fn switch(device: &str, at: i64, ports: u32) -> Walk {
    let alias = |n: u32| if n == 1 { "Magti_Internet".to_owned() } else { format!("user {n}") };
    walk(device, at, (1..=ports).map(|n| port(n, &format!("0/{n}"), &alias(n))).collect())
}

/// The numbers of devices, which are made known where they are not.
pub fn register(store: &mut dyn Store, names: &[&str]) -> Vec<DeviceId> {
    let listed: Vec<Listed<'_>> = names.iter().map(|name| Listed { name, due_in: Duration::ZERO }).collect();
    store.register(&listed).expect("devices are registered")
}

/// A device as the store has it.
pub fn load(store: &mut dyn Store, device: DeviceId) -> DeviceState {
    let mut states = store.load(Some(&[device])).expect("the device is loaded");
    assert_eq!(states.len(), 1, "device {device} is there once");
    states.remove(0)
}

/// What a walk changes.
pub fn changes(state: &DeviceState, walk: &Walk) -> Changes {
    change::walked(state, walk, rules(), Policy::default())
}

/// Writes changes, and returns the state after them.
pub fn write(store: &mut dyn Store, state: &DeviceState, changes: &Changes) -> DeviceState {
    let versioned = Versioned { changes, revision: state.revision };
    let written = store.write(&[versioned], 1).expect("changes are written");
    assert_eq!(written, [Written::Yes(state.revision + 1)]);
    DeviceState { revision: state.revision + 1, ..changes.apply(state) }
}

/// Notes a walk, as a classifier does.
pub fn discover(store: &mut dyn Store, state: &DeviceState, walk: &Walk) -> DeviceState {
    write(store, state, &changes(state, walk))
}

/// A device that has been walked once, in hour 1.
pub fn discovered(store: &mut dyn Store, name: &str, ports: u32) -> DeviceState {
    let device = register(store, &[name])[0];
    let state = load(store, device);
    discover(store, &state, &switch(name, 1, ports))
}
