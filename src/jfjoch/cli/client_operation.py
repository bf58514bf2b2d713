"""Commands that make the broker do something."""

from argparse import Namespace

from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.client_exit import NotInThisState
from jfjoch.cli.client_follow import Following, interruptible
from jfjoch.cli.client_json import as_json, read_settings
from jfjoch.cli.client_run import figures, last_run, refuse_loss
from jfjoch.cli.client_text import table
from jfjoch.errors import OperationFailed
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.status import MeasurementStatistics


def initialize(client: BrokerClient, options: Namespace) -> None:
    """Initialize, and follow it."""
    with interruptible(client, cancel=options.cancel_on_interrupt):
        client.initialize()
        if options.wait:
            Following(client, options.timeout, begun=True).until_done()


def pedestal(client: BrokerClient, options: Namespace) -> None:
    """Measure the pedestal, and follow it."""
    with interruptible(client, cancel=options.cancel_on_interrupt):
        client.pedestal()
        if options.wait:
            Following(client, options.timeout, begun=True).until_done()


def start(client: BrokerClient, options: Namespace) -> None:
    """Start a run; follow it where that is asked for."""
    dataset = read_settings(options.file, DatasetSettings)
    with interruptible(client, cancel=options.cancel_on_interrupt):
        client.start(dataset)
        if options.wait:
            following = Following(client, options.timeout, begun=True)
            following.run_seen = True
            _follow_run(client, following, options)


def wait(client: BrokerClient, options: Namespace) -> None:
    """Follow what runs, whoever began it."""
    with interruptible(client, cancel=options.cancel_on_interrupt):
        _follow_run(client, Following(client, options.timeout, begun=False), options)


def trigger(client: BrokerClient, options: Namespace) -> None:
    """Release the images of one trigger. Raises NotInThisState where it would have no effect."""
    state = client.status().state
    if state != "Measuring":
        raise NotInThisState(f"trigger: expected state Measuring, got {state}; start a run first")
    client.trigger()


def cancel(client: BrokerClient, options: Namespace) -> None:
    """End what runs."""
    client.cancel()


def deactivate(client: BrokerClient, options: Namespace) -> None:
    """Switch the detector off."""
    client.deactivate()


def _follow_run(client: BrokerClient, following: Following, options: Namespace) -> None:
    """Follow to the end; then give the figures of the run, if there was one.

    Raises OperationFailed when it failed, and when it lost images.
    """
    try:
        ending = following.until_done()
    except OperationFailed:
        if following.run_seen:
            _printed_run(client, options)
        raise
    if following.run_seen and (run := _printed_run(client, options)) is not None:
        refuse_loss(run, ending)


def _printed_run(client: BrokerClient, options: Namespace) -> MeasurementStatistics | None:
    run = last_run(client)
    if run is not None and options.json:
        print(as_json(run.model_dump(exclude_none=True)))
    elif run is not None:
        print(table(figures(run)))
    return run
