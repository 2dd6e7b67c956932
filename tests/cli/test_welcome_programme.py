from command_line import CommandLine

WELCOME = 'kind = "welcome"\nkey = "welcome"\ntitle = "For the new"\npercent = "7.50"\n'


def test_a_welcome_is_switched_on_listed_and_switched_off(regulars: CommandLine) -> None:
    regulars.begin()
    file = regulars.scratch / "welcome.toml"
    file.write_text(WELCOME, "utf-8")
    assert "welcome is new" in regulars.done("programme", "enable", str(file), "--dry-run").out
    assert "welcome is on, version 1." in regulars.done("programme", "enable", str(file)).out
    listed = regulars.done("programme", "list").out
    assert "welcome version 1 (on): For the new" in listed
    assert "for the first order: 7.5 %  Welcome" in listed
    (told,) = regulars.done("programme", "list", "--json").json
    assert (told["definition"]["kind"], told["definition"]["percent"]) == ("welcome", "7.50")
    assert "welcome is off since version 2." in regulars.done("programme", "disable", "welcome").out


def test_a_fault_of_a_welcome_is_said_with_its_place(regulars: CommandLine) -> None:
    regulars.begin()
    file = regulars.scratch / "welcome.toml"
    file.write_text(WELCOME.replace("7.50", "750"), "utf-8")
    said = regulars("programme", "enable", str(file))
    assert said.code == 1
    assert "percent: 750 % is no discount" in " ".join(said.err.split())
