"""What is set on a detector, as data."""

from pathlib import Path
from typing import Any

import pytest

from jfjoch.detector.sls.configure import (
    check_configuration,
    connection_settings,
    power_settings,
    run_settings,
    voltage_settings,
)
from jfjoch.detector.sls.setting import Setting, SettingValue
from jfjoch.errors import ConfigurationError, InvalidInput
from jfjoch.model.detector import Detector
from jfjoch.model.eiger_counter import EigerCounter
from tests.helpers.sls_detectors import addresses_of, plan_for, sls_detector


def mac_of(ipv4: str) -> str:
    return f"mac of {ipv4}"


def connection(detector: Detector) -> list[Setting]:
    return connection_settings(detector, addresses_of(detector, "10.1.1.1"), mac_of)


def of_run(detector: Detector, **changed: Any) -> dict[str, SettingValue]:
    """Settings of all boards by name; a name must not come twice."""
    settings = run_settings(detector, plan_for(detector, **changed))
    assert all(setting.board is None for setting in settings)
    values = {setting.name: setting.value for setting in settings}
    assert len(values) == len(settings)
    return values


def of_board(settings: list[Setting], board: int) -> dict[str, SettingValue]:
    return {setting.name: setting.value for setting in settings if setting.board == board}


def test_run_at_once_has_all_frames_in_one_series() -> None:
    values = of_run(sls_detector(), frame_count=100, frames_per_trigger=100)
    assert (values["timing"], values["frames"], values["triggers"]) == ("AUTO_TIMING", 100, 1)
    assert (values["exptime"], values["period"], values["delay"]) == (0.0005, 0.001, 0.0)
    assert values["nextframenumber"] == 1


def test_run_with_triggers_shares_frames_among_them() -> None:
    """B086: and waits after each."""
    values = of_run(
        sls_detector(),
        frame_count=100,
        frames_per_trigger=5,
        wait_for_trigger=True,
        trigger_delay_s=2e-6,
    )
    assert (values["timing"], values["frames"], values["triggers"]) == ("TRIGGER_EXPOSURE", 5, 20)
    assert values["delay"] == 2e-6


def test_storage_cells_multiply_frames() -> None:
    """Frames = frames x triggers x cells; the period has room to read out all cells."""
    values = of_run(
        sls_detector(),
        frame_count=160,
        frames_per_trigger=16,
        wait_for_trigger=True,
        storage_cell_count=16,
        storage_cell_delay_s=5e-6,
    )
    assert (values["frames"], values["triggers"], values["extrastoragecells"]) == (1, 10, 15)
    assert (values["storagecell_start"], values["storagecell_delay"]) == (0, 5e-6)
    assert values["period"] == pytest.approx(16 * 0.001)


def test_one_storage_cell_that_is_not_the_first() -> None:
    values = of_run(sls_detector(), first_storage_cell=3, gain_stage="forced_g2")
    assert (values["extrastoragecells"], values["storagecell_start"]) == (0, 3)
    assert "storagecell_delay" not in values


@pytest.mark.parametrize(
    ("stage", "mode"),
    [
        ("dynamic", "DYNAMIC"),
        ("forced_g1", "FORCE_SWITCH_G1"),
        ("forced_g2", "FORCE_SWITCH_G2"),
        ("fixed_g1", "FIX_G1"),
    ],
)
def test_gain_stages(stage: str, mode: str) -> None:
    assert of_run(sls_detector(), gain_stage=stage)["gainmode"] == mode


def test_high_gain() -> None:
    """B094."""
    assert of_run(sls_detector(), use_hg0=True)["settings"] == "HIGHGAIN0"
    assert of_run(sls_detector())["settings"] == "GAIN0"


@pytest.mark.parametrize(
    ("stage", "dark", "is_set"),
    [
        ("dynamic", True, True),
        ("fixed_g1", True, True),
        ("forced_g1", True, False),
        ("dynamic", False, False),
        ("fixed_g1", False, False),
    ],
)
def test_voltage_is_set_anew_before_a_pedestal(stage: str, dark: bool, is_set: bool) -> None:
    """Which is how a simulator is told that its shutter is closed."""
    values = of_run(sls_detector(), gain_stage=stage, dark=dark)
    assert values.get("highvoltage") == (120 if is_set else None)


def test_each_module_sends_to_its_own_port() -> None:
    settings = connection(sls_detector(base_data_ipv4_address="10.1.1.100"))
    assert Setting("numinterfaces", 1) in settings
    assert of_board(settings, 1) == {
        "udp_dstip": "10.1.1.1",
        "udp_dstmac": "mac of 10.1.1.1",
        "udp_srcip": "10.1.1.101",
        "udp_srcmac": "02:00:0a:01:01:65",
        "udp_dstport": 8194,
    }


def test_two_interfaces_have_an_address_and_a_port_each() -> None:
    settings = connection(sls_detector(base_data_ipv4_address="10.1.1.100", udp_interface_count=2))
    assert Setting("numinterfaces", 2) in settings
    assert Setting("readoutspeed", "FULL_SPEED") in settings
    board = of_board(settings, 1)
    assert (board["udp_dstport"], board["udp_dstport2"]) == (8194, 8195)
    assert (board["udp_srcip"], board["udp_srcip2"]) == ("10.1.1.102", "10.1.1.103")
    assert board["udp_dstip2"] == "10.1.1.1"


def test_modules_follow_the_first_where_they_are_cabled() -> None:
    together = connection(sls_detector(base_data_ipv4_address="10.1.1.100"))
    assert together.index(Setting("master", True, 0)) < together.index(Setting("sync", True))
    for alone in (sls_detector(1), sls_detector(module_sync=False)):
        settings = connection_settings(alone, addresses_of(alone), mac_of)
        assert Setting("sync", False) in settings
        assert "master" not in {setting.name for setting in settings}


def test_delays_of_packets_are_those_of_the_modules() -> None:
    jungfrau, eiger = (sls_detector(type=name, tx_delay=[4, 5]) for name in ("JUNGFRAU", "EIGER"))
    for detector, expected in ((jungfrau, [4, 5]), (eiger, [4, 4, 5, 5])):
        settings = connection_settings(detector, addresses_of(detector), mac_of)
        delays = {x.board: x.value for x in settings if x.name == "txdelay_frame"}
        assert delays == dict(enumerate(expected))


def test_each_half_of_an_eiger_module_sends_two_quarters() -> None:
    detector = sls_detector(type="EIGER", base_data_ipv4_address="10.1.1.100")
    settings = connection(detector)
    assert Setting("tengiga", True) in settings
    bottom = of_board(settings, 3)
    assert (bottom["udp_dstport"], bottom["udp_dstport2"]) == (8198, 8199)
    assert bottom["udp_srcip"] == "10.1.1.103"
    assert {"udp_dstip2", "udp_srcmac", "numinterfaces"}.isdisjoint(x.name for x in settings)


def test_run_of_an_eiger() -> None:
    """B088, B089: the threshold comes after the depth, which changes clocks."""
    values = of_run(sls_detector(type="EIGER"), counter=EigerCounter(32), threshold_energy_keV=6.15)
    assert (values["dr"], values["threshold_without_trim_bits"]) == (32, 6150)
    names = list(values)
    assert names.index("dr") < names.index("threshold_without_trim_bits")
    assert {"gainmode", "settings", "delay", "extrastoragecells"}.isdisjoint(names)


def test_trim_bits_of_an_eiger(tmp_path: Path) -> None:
    for energy in ("6400eV", "12000eV", "notes"):
        (tmp_path / "standard" / energy).mkdir(parents=True)
    detector = sls_detector(type="EIGER", calibration_file=[str(tmp_path)])
    settings = connection_settings(detector, addresses_of(detector), mac_of)
    assert Setting("settingspath", str(tmp_path)) in settings
    assert Setting("trimen", (6400, 12000)) in settings
    assert of_run(detector)["threshold"] == 6200


@pytest.mark.parametrize(
    ("timing", "expected"),
    [("trigger", "TRIGGER_EXPOSURE"), ("burst", "BURST_TRIGGER"), ("gated", "GATED")],
)
def test_timings_of_an_eiger(timing: str, expected: str) -> None:
    eiger = sls_detector(type="EIGER")
    assert of_run(eiger, wait_for_trigger=True, trigger_timing=timing)["timing"] == expected
    assert of_run(eiger, trigger_timing=timing)["timing"] == "AUTO_TIMING"


def test_eiger_does_not_wait_after_a_trigger() -> None:
    with pytest.raises(InvalidInput, match="detector_trigger_delay_ns to 0, not 2000"):
        of_run(sls_detector(type="EIGER"), trigger_delay_s=2e-6)


def test_chips_and_voltage() -> None:
    jungfrau, eiger = sls_detector(), sls_detector(type="EIGER")
    assert power_settings(jungfrau, on=True) == [
        Setting("powerchip", True, 0),
        Setting("powerchip", True, 1),
    ]
    real = sls_detector(hostname=["board0", "board1"])
    assert power_settings(real, on=False) == [Setting("powerchip", False)]
    assert power_settings(eiger, on=True) == []
    assert voltage_settings(jungfrau, on=True) == [Setting("highvoltage", 120)]
    assert voltage_settings(eiger, on=False) == [Setting("highvoltage", 0)]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hostname": ["one"]}, "2 entries in hostname expected for 2 modules.*got 1"),
        ({"type": "EIGER", "hostname": ["a", "b"]}, "4 entries.*top and bottom half.*got 2"),
        ({"hostname": ["a:b", "c"]}, 'got "a:b"'),
        ({"hostname": ["a:70000", "c"]}, 'got "a:70000"'),
        ({"hostname": ["a:0", "c"]}, 'port 1 to 65534; got "a:0"'),
        ({"hostname": ["a:65535", "c"]}, 'got "a:65535"'),
        ({"hostname": ["a", "a:1952"]}, "another board; got a, a:1952"),
        ({"base_data_ipv4_address": "255.255.255.255"}, "must be an IPv4 address"),
        ({"tx_delay": [1]}, "each of 2 modules.*got 1"),
        ({"base_data_ipv4_address": "10.1.1"}, "must be an IPv4 address"),
        ({"type": "EIGER", "calibration_file": ["/nowhere"]}, "must be one folder.*/nowhere"),
    ],
)
def test_configuration_that_can_not_be_used(changed: dict[str, Any], message: str) -> None:
    detector = sls_detector(**changed)
    with pytest.raises(ConfigurationError, match=message):
        check_configuration(detector, addresses_of(detector))


def test_detector_elsewhere_needs_an_address_and_trim_bits() -> None:
    detector = sls_detector(hostname=["board0", "board1"])
    with pytest.raises(ConfigurationError, match=r"needs base_data_ipv4_address.*10\.1\.1\.1"):
        check_configuration(detector, addresses_of(detector, "10.1.1.1"))
    eiger = sls_detector(type="EIGER", hostname=list("abcd"), base_data_ipv4_address="10.1.1.100")
    with pytest.raises(ConfigurationError, match="without trim bits"):
        check_configuration(eiger, addresses_of(eiger, "10.1.1.1"))
