//! Tens of thousands of devices load quickly, and twice as many in twice the time.

mod support;

use support::parse;

/// A file as people write it, one line for each device.
fn file(devices: usize) -> String {
    let mut text = "auths: {branches: {community: x}}\ndefaults: {auth: branches}\ndevices:\n".to_owned();
    for i in 0..devices {
        let (a, b) = (i / 250, i % 250 + 1);
        text.push_str(&format!(
            "  - {{name: branch-{i:05}-sw1, address: 10.{}.{}.{b}, labels: {{site: branch-{i:05}, role: access}}}}\n",
            a / 250,
            a % 250
        ));
    }
    text
}

/// CPU time this thread takes for it, in nanoseconds: other work on the machine does not count.
fn cpu_nanoseconds(act: impl FnOnce()) -> u64 {
    let now = || -> u64 {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        text.split(' ').next().unwrap().parse().unwrap()
    };
    let before = now();
    act();
    now() - before
}

#[test]
fn time_grows_with_the_file_and_no_faster() {
    let mut times = Vec::new();
    for devices in [5_000, 10_000, 40_000] {
        let text = file(devices);
        let nanoseconds = cpu_nanoseconds(|| {
            let inventory = parse(&text).unwrap();
            assert_eq!(inventory.devices().len(), devices);
            assert!(inventory.device(&format!("branch-{:05}-sw1", devices - 1)).is_some());
        });
        println!("{devices} devices: {} ms", nanoseconds / 1_000_000);
        times.push(nanoseconds);
    }
    // Generous bounds: they are there to catch what grows with the square.
    assert!(times[1] < 3_000_000_000, "10,000 devices took {} ms of CPU", times[1] / 1_000_000);
    assert!(times[2] < 32 * times[0], "eight times the devices took {} times the CPU", times[2] / times[0]);
}
