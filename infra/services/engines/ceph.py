"""A one-node Ceph with its S3 gateway, by hand: monitor, manager, one BlueStore file, radosgw on loopback.

First start:
    1. keys for every daemon into one keyring (cephx), a monitor map with one monitor, the configuration
    2. the monitor's and the disk's file systems are made
    3. monitor, manager and disk start; the disk's number is registered
    4. the S3 users are made (this makes the gateway's pools, each with one copy); the gateway starts
Later starts only start the four processes, and make the users that an earlier release did not know. Pools have size 1:
a test bench, never a place for evidence.
"""

import http.client
import json
import uuid
from pathlib import Path

from engines.errors import EngineError
from engines.home import EngineHome, free_port, is_free, write_private
from engines.processes import Process, program, run

NAME = "ceph"
PROGRAMS = ("ceph-authtool", "monmaptool", "ceph-mon", "ceph-mgr", "ceph-osd", "ceph", "radosgw", "radosgw-admin")
PACKAGES = ("ceph-mon", "ceph-mgr", "ceph-osd", "ceph-common", "radosgw")

_DISK_BYTES = 24 * 1024**3  # a sparse file: takes what is stored, up to this
_MEMORY_BYTES = 1024**3
_CONFIGURATION = """\
[global]
fsid = {cluster}
mon_host = [v2:127.0.0.1:{monitor_port}/0]
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
keyring = {folder}/keyring
# No socket files: their paths are limited to 107 bytes.
admin_socket =
run_dir = {folder}/run
crash_dir = {folder}/crash
log_file = {folder}/log/$name.log
mon_cluster_log_file = {folder}/log/cluster.log
mon_data = {folder}/mon
mgr_data = {folder}/mgr
osd_data = {folder}/osd
rgw_data = {folder}/rgw
mgr_initial_modules =
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
# A monitor ends without a word where less than this part of the disk is free: 5 % by default, gigabytes on a large one.
mon_data_avail_crit = 1
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_crush_initial_weight = 1
osd_objectstore = bluestore
osd_memory_target = {memory}
bluestore_block_size = {disk}

[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:{gateway_port} tcp_nodelay=1
rgw_thread_pool_size = 64
# Deleted bytes come free after a minute instead of two hours.
rgw_gc_obj_min_wait = 60
rgw_gc_processor_period = 60
"""
_CAPABILITIES = {
    "mon.": {"mon": "allow *"},
    "client.admin": {"mon": "allow *", "osd": "allow *", "mgr": "allow *"},
    "mgr.a": {"mon": "allow profile mgr", "osd": "allow *"},
    "osd.0": {"mon": "allow profile osd", "osd": "allow *", "mgr": "allow profile osd"},
    "client.rgw": {"mon": "allow rw", "osd": "allow rwx", "mgr": "allow rw"},
}


# Each may do only what bucket policies grant it, and make no bucket, but for the probe, which tries locks in its own.
_ROLES = ("dock", "work", "serve", "retention", "probe")


class _Cluster:
    """The programs, files and processes of the one cluster in `home`."""

    def __init__(self, home: EngineHome) -> None:
        self.home = home
        self.programs = {name: program(name) for name in PROGRAMS}
        self.monitor, self.manager, self.disk, self.gateway = processes(home)

    def run(self, name: str, *arguments: str | Path) -> str:
        return run([self.programs[name], *arguments])

    def run_configured(self, name: str, *arguments: str | Path) -> str:
        return self.run(name, "--conf", self.home / "ceph.conf", *arguments)

    def start(self, process: Process, name: str, *arguments: str) -> None:
        process.start([self.programs[name], "--conf", self.home / "ceph.conf", "--foreground", *arguments])


def processes(home: EngineHome) -> tuple[Process, Process, Process, Process]:
    """Return monitor, manager, disk and gateway, in the order of their start."""
    return Process(home, "monitor"), Process(home, "manager"), Process(home, "disk"), Process(home, "gateway")


def start(home: EngineHome) -> None:
    cluster = _Cluster(home)
    if is_running(home):
        _create_users(cluster)
        return
    first_time = not home.is_set_up
    if first_time:
        stop(home)
        _set_up(cluster)
    _write_configuration(home)
    cluster.start(cluster.monitor, "ceph-mon", "--id", "a")
    cluster.start(cluster.manager, "ceph-mgr", "--id", "a")
    if first_time:
        cluster.run_configured("ceph", "--connect-timeout", "60", "osd", "new", str(home.facts()["disk_uuid"]))
    cluster.start(cluster.disk, "ceph-osd", "--id", "0")
    if first_time:
        _create_users(cluster)
        home.mark_set_up()
    cluster.start(cluster.gateway, "radosgw", "--name", "client.rgw")
    port = int(home.facts()["gateway_port"])
    daemons = (cluster.monitor, cluster.manager, cluster.disk)
    cluster.gateway.wait_until(lambda: _answers(port), seconds=90, needs=daemons)
    _create_users(cluster)


def stop(home: EngineHome) -> None:
    # Gateway first, monitor last: each waits long for one that has gone before it.
    for process in reversed(processes(home)):
        process.stop()


def is_running(home: EngineHome) -> bool:
    return all(process.is_running() for process in processes(home))


def settings(home: EngineHome) -> dict[str, str]:
    facts = home.facts()
    shown = {
        "S3_ENDPOINT": f"127.0.0.1:{facts['gateway_port']}",
        "S3_ACCESS_KEY": str(facts["access_key"]),
        "S3_SECRET_KEY": str(facts["secret_key"]),
        "S3_SECURE": "false",
        # Ceph 16 ignores the lock headers of CreateMultipartUpload; see storage/README.md.
        "S3_LOCK_AFTER_COMPLETE": "true",
    }
    for_zhilu = {f"ZHILU_STORAGE__{name.replace('_', '__', 1)}": value for name, value in shown.items()}
    for_tests = {f"ZHILU_TEST_{name}": value for name, value in shown.items()}
    for role in _ROLES:
        for key in ("access_key", "secret_key"):
            if f"{role}_{key}" in facts:
                for_tests[f"ZHILU_TEST_S3_{role}_{key}".upper()] = str(facts[f"{role}_{key}"])
    return {"ZHILU_STORAGE__ENGINE": "s3", **for_zhilu, **for_tests}


def _set_up(cluster: _Cluster) -> None:
    home = cluster.home
    home.make()
    for name in ("log", "run", "crash", "mon", "mgr", "osd", "rgw"):
        (home / name).mkdir(mode=0o700)
    facts = {"cluster": str(uuid.uuid4()), "disk_uuid": str(uuid.uuid4()), "monitor_port": free_port()}
    home.remember(facts)
    _write_configuration(home)
    keyring, monitor_map = home / "keyring", home / "monmap"
    write_private(keyring, "")
    for name, capabilities in _CAPABILITIES.items():
        allowed = [word for kind, what in capabilities.items() for word in ("--cap", kind, what)]
        cluster.run("ceph-authtool", keyring, "--gen-key", "--name", name, *allowed)
    address = f"[v2:127.0.0.1:{facts['monitor_port']}/0]"
    cluster.run("monmaptool", "--create", "--fsid", str(facts["cluster"]), "--addv", "a", address, monitor_map)
    cluster.run_configured("ceph-mon", "--mkfs", "--id", "a", "--monmap", monitor_map, "--keyring", keyring)
    disk = ["--mkfs", "--id", "0", "--osd-uuid", str(facts["disk_uuid"]), "--monmap", monitor_map]
    cluster.run_configured("ceph-osd", *disk, "--no-mon-config")


def _write_configuration(home: EngineHome) -> None:
    """Write ceph.conf, with another port for the gateway when the remembered one was taken meanwhile."""
    facts = home.facts()
    monitor, *_, gateway = processes(home)
    if not monitor.is_running() and not is_free(int(facts["monitor_port"])):
        # The port is part of the monitor's map, so it cannot just move.
        raise EngineError(
            f"Port {facts['monitor_port']} of the Ceph monitor is taken by another program: "
            "end that, or lose the test data with `services reset ceph`."
        )
    if not gateway.is_running():
        facts["gateway_port"] = free_port(int(facts["gateway_port"]) if "gateway_port" in facts else None)
        home.remember(facts)
    values = {**facts, "folder": home.folder, "memory": _MEMORY_BYTES, "disk": _DISK_BYTES}
    (home / "ceph.conf").write_text(_CONFIGURATION.format_map(values))


def _create_users(cluster: _Cluster) -> None:
    """Make the S3 users that are missing; the gateway makes up their keys, so they never stand on a command line."""
    facts = cluster.home.facts()
    wanted = {"access_key": "zhilu"} | {f"{role}_access_key": f"zhilu-{role}" for role in _ROLES}
    missing = {fact: user for fact, user in wanted.items() if fact not in facts}
    if not missing:
        return
    present = json.loads(_gateway_admin(cluster, "user", "list"))
    for fact, user in missing.items():
        buckets = () if user in {"zhilu", "zhilu-probe"} else ("--max-buckets=-1",)
        made = ("info",) if user in present else ("create", "--display-name=Zhilu", *buckets)
        keys = json.loads(_gateway_admin(cluster, "user", *made, f"--uid={user}"))["keys"][0]
        facts |= {fact: keys["access_key"], fact.replace("access", "secret"): keys["secret_key"]}
        cluster.home.remember(facts)


def _gateway_admin(cluster: _Cluster, *words: str) -> str:
    return cluster.run_configured("radosgw-admin", "--name", "client.rgw", *words)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
