"""`zhilu approver`: the people who may approve that evidence is disposed of, or a schedule comes into force."""

from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.cli.passphrases import Passphrases
from api.errors import ExitCode
from api.runtime import Runtime
from api.times import for_people, in_utc
from catalog.repositories import approvers
from retention.approvers import Person, checked_name

Name = Annotated[str, typer.Argument(metavar="NAME", help=say("cli-approver-name"))]
Vouchers = Annotated[list[str] | None, typer.Option("--voucher", metavar="NAME", help=say("cli-approver-voucher"))]
Sources = Annotated[
    list[str] | None, typer.Option("--passphrase-from", metavar="NAME=FILE", help=say("cli-passphrase-from"))
]


def add_to(application: typer.Typer) -> None:
    approver = typer.Typer(help=say("cli-approver"), no_args_is_help=True)
    approver.command("enrol", help=say("cli-approver-enrol"))(enrol)
    approver.command("passphrase", help=say("cli-approver-passphrase"))(new_passphrase)
    approver.command("revoke", help=say("cli-approver-revoke"))(revoke)
    approver.command("list", help=say("cli-approver-list"))(list_approvers)
    application.add_typer(approver, name="approver")


def enrol(name: Name, voucher: Vouchers = None, passphrase_from: Sources = None) -> int:
    passphrases = Passphrases.told(passphrase_from or [])
    told = checked_name(name)
    with opened() as runtime:
        vouching = _vouching(runtime, voucher or [], passphrases, act=f"enrol {told}")
        approver = runtime.retention.approver_desk().enrol(told, passphrases.new_of(told), vouching)
        with runtime.catalog.reading() as session:
            enrolled = approvers.count_enrolled(session)
    Terminal().note(say("cli-approver-enrolled", name=approver.name, count=enrolled))
    return ExitCode.DONE


def new_passphrase(
    name: Name,
    voucher: Vouchers = None,
    passphrase_from: Sources = None,
    new_from: Annotated[
        str | None, typer.Option("--new-from", metavar="FILE", help=say("cli-passphrase-new-from"))
    ] = None,
) -> int:
    passphrases = Passphrases.told(passphrase_from or [])
    fresh = Passphrases.told([f"{name}={new_from}"] if new_from else [])
    with opened() as runtime:
        desk = runtime.retention.approver_desk()
        person = desk.prove(name, passphrases.of(name), act="a new passphrase")
        vouching = _vouching(runtime, voucher or [], passphrases, act=f"a new passphrase of {person.name}")
        desk.give_new_passphrase(person, fresh.new_of(name), vouching)
    Terminal().note(say("cli-approver-rekeyed", name=person.name))
    return ExitCode.DONE


def revoke(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help=say("cli-approver-reason"))],
    voucher: Vouchers = None,
    passphrase_from: Sources = None,
) -> int:
    passphrases = Passphrases.told(passphrase_from or [])
    with opened() as runtime:
        vouching = _vouching(runtime, voucher or [], passphrases, act=f"revoke {name}")
        approver = runtime.retention.approver_desk().revoke(name, vouching, reason=reason)
    Terminal().note(say("cli-approver-revoked", name=approver.name))
    return ExitCode.DONE


def list_approvers(as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime, runtime.catalog.reading() as session:
        found = approvers.listing(session)
    if as_json:
        for each in found:
            terminal.line(
                {
                    "id": str(each.id),
                    "name": each.name,
                    "enrolled_by": each.enrolled_by,
                    "enrolled_at": in_utc(each.enrolled_at),
                    "revoked_by": each.revoked_by,
                    "revoked_at": in_utc(each.revoked_at) if each.revoked_at else None,
                }
            )
        return ExitCode.DONE
    zone = runtime.settings.time_zone
    terminal.table(
        [say(f"cli-column-{column}") for column in ("name", "enrolled", "revoked")],
        [
            (
                each.name,
                for_people(each.enrolled_at, zone),
                for_people(each.revoked_at, zone) if each.revoked_at else "",
            )
            for each in found
        ],
    )
    return ExitCode.DONE


def _vouching(runtime: Runtime, names: list[str], passphrases: Passphrases, *, act: str) -> list[Person]:
    """Each proves who they are, on this terminal, one after the other. Raises ApproverError, PassphraseNotGiven."""
    desk = runtime.retention.approver_desk()
    return [desk.prove(name, passphrases.of(name), act=f"vouch: {act}") for name in names]
