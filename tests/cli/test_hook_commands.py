"""``regulars hook``: adding, listing, trying and ending who is told of order status changes."""

from command_line import CommandLine
from hook_receiver import receiving


def test_a_hook_is_added_tried_listed_and_ended(regulars: CommandLine) -> None:
    regulars.begin()
    assert "Nobody" in regulars.done("hook", "list").out
    with receiving() as receiver:
        url = f"{receiver.url}?key=of-the-receiver"
        added = regulars.done("hook", "add", "site", url, "--status", "completed", "--json").json
        assert added["new"] and added["secret"].startswith("whsec_")
        assert regulars.done("hook", "test", "site", "--json").json == {
            "hook": "site",
            "arrived": True,
            "problem": "",
        }
        assert receiver.heard[0].signed_with(added["secret"])
    said = regulars("hook", "test", "site")
    assert (said.code, said.out) == (
        1,
        "It did not arrive: nothing answers there, or it broke the connection off.\n",
    )
    (shown,) = regulars.done("hook", "list", "--json").json
    assert (shown["hook"], shown["statuses"], shown["waiting"]) == ("site", ["completed"], 0)
    assert (shown["next_try"], shown["why_it_waits"]) == (None, "")
    listed = regulars.done("hook", "list").out
    assert "completed in all shops" in listed
    for text in (listed, str(shown)):
        assert "of-the-receiver" not in text and added["secret"] not in text
    assert "would end" in regulars.done("hook", "off", "site", "--dry-run").out
    assert regulars.done("hook", "retry", "site", "--json").json["again"] == 0
    assert regulars.done("hook", "off", "site", "--json").json["dropped"] == 0
    assert regulars.done("hook", "list", "--json").json == []


def test_a_secret_is_changed_and_shown_once_while_the_one_before_signs_too(regulars: CommandLine) -> None:
    regulars.begin()
    with receiving() as receiver:
        old = regulars.done("hook", "add", "site", receiver.url, "--json").json["secret"]
        assert "would sign" in regulars.done("hook", "rotate", "site", "--dry-run").out
        rotated = regulars.done("hook", "rotate", "site", "--overlap", "2", "--json").json
        assert rotated["until"] and rotated["secret"].startswith("whsec_")
        refused = regulars("hook", "rotate", "site")
        assert refused.code == 1 and "--overlap 0" in refused.err
        said = regulars.done("hook", "rotate", "site", "--overlap", "0").out
        assert "shown this once: whsec_" in said and "signs too" not in said
        regulars.done("hook", "test", "site")
        assert not any(receiver.heard[0].signed_with(each) for each in (old, rotated["secret"]))
    listed = regulars.done("hook", "list", "--json").out
    assert "whsec_" not in listed
    for hours in ("-1", "721", "9" * 30):
        refused = regulars("hook", "rotate", "site", "--overlap", hours)
        assert refused.code == 2
        assert "give hours from 0 to 720, which are 30 days" in " ".join(refused.err.split())


def test_what_cannot_be_told_is_refused_with_the_remedy(regulars: CommandLine) -> None:
    regulars.begin()
    said = regulars("hook", "add", "site", "http://shop.example.com/x")
    assert said.code == 1 and "HTTPS" in said.err
    said = regulars("hook", "add", "site", "https://192.168.1.5/x")
    assert said.code == 1 and "--anyway" in said.err
    assert regulars("hook", "add", "site", "https://192.168.1.5/x", "--anyway", "--dry-run").code == 0
    said = regulars("hook", "off", "site")
    assert said.code == 1 and "regulars hook list" in said.err
