//! Two hosts with a network between them. Each is a network namespace with a host name of its own.

use crate::{assert_close, fit};
use ssim_tests::{arg, finish, program, ssim, synthetic};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const HOSTS: [(&str, &str); 2] = [("ssim-host-a", "10.177.0.1"), ("ssim-host-b", "10.177.0.2")];

/// The two namespaces. They are removed when this value is dropped.
struct Network;

impl Network {
    fn new() -> Self {
        let network = Self;
        network.clear();
        let [(a, address_a), (b, address_b)] = HOSTS;
        for script in [
            format!("netns add {a}"),
            format!("netns add {b}"),
            format!("link add ssim-wire netns {a} type veth peer name ssim-wire netns {b}"),
            format!("-n {a} addr add {address_a}/24 dev ssim-wire"),
            format!("-n {b} addr add {address_b}/24 dev ssim-wire"),
        ] {
            ip(&script, true);
        }
        for host in [a, b] {
            ip(&format!("-n {host} link set lo up"), true);
            ip(&format!("-n {host} link set ssim-wire up"), true);
        }
        network
    }

    fn clear(&self) {
        HOSTS.iter().for_each(|(host, _)| ip(&format!("netns del {host}"), false));
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.clear();
    }
}

fn ip(words: &str, must: bool) {
    let output = Command::new("ip").args(words.split(' ')).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() || !must, "ip {words}: {error} (this test needs root)");
}

#[test]
#[ignore = "needs mpirun and root: cargo xtask test mpi"]
fn two_hosts_train_what_one_process_trains() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 20_000);
    let [alone, together] = ["alone", "together"].map(|name| folder.path().join(name));
    finish(ssim(&[]).args(fit(&data, &alone)), 0);

    let _network = Network::new();
    // mpirun calls this script in place of ssh. It runs a shell on the second host, at any address.
    let agent = folder.path().join("agent");
    let [(a, _), (b, _)] = HOSTS;
    let on = |host: &str| {
        format!("ip netns exec {host} unshare --uts sh -c 'hostname {host}; eval \"$0\"' \"$*\"")
    };
    fs::write(&agent, format!("#!/bin/sh\nshift\nexec {}\n", on(b))).unwrap();
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o755)).unwrap();
    let first = folder.path().join("first");
    fs::write(&first, format!("#!/bin/sh\nexec {}\n", on(a))).unwrap();
    fs::set_permissions(&first, fs::Permissions::from_mode(0o755)).unwrap();

    let hosts = HOSTS.map(|(_, address)| address).join(",");
    let mut words = vec!["mpirun", "--allow-run-as-root", "-n", "2", "--host", &hosts];
    words.extend(["--mca", "plm_rsh_agent", arg(&agent), "--mca", "btl", "tcp,self"]);
    words.extend(["--mca", "btl_tcp_if_include", "10.177.0.0/24"]);
    words.extend(["--mca", "oob_tcp_if_include", "10.177.0.0/24"]);
    let program = program();
    words.push(arg(&program));
    let fit = fit(&data, &together);
    words.extend(fit.iter().map(String::as_str));
    finish(Command::new(&first).args(words), 0);
    for file in ["model.safetensors", "selector.safetensors"] {
        assert_close(&alone, &together, file);
    }
}
