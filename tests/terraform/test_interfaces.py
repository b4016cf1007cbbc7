"""Both modules are told the same and tell the same; what differs is in terraform/README.md, each with its reason.

The texts are as `terraform fmt` leaves them, which another test sees to: a line is a declaration.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "terraform"
ABSENT = "—"
Interface = dict[str, str]
"""What there is, such as `variable webhook.rate`, and how it is declared."""


def blocks(kind: str, text: str) -> dict[str, str]:
    """The bodies of `kind "NAME" {…}`, by name."""
    declarations = re.finditer(rf'^{kind} "(\w+)" \{{\n(.*?)^\}}$', text, re.MULTILINE | re.DOTALL)
    return {declaration[1]: declaration[2] for declaration in declarations}


def declared(pattern: str, body: str) -> str:
    """What stands behind the first such name, up to its end: a line, or all lines that are deeper than it."""
    match = re.search(rf"^( *){pattern} += (.*(?:\n\1 .*)*(?:\n\1[}}\])]+)?)$", body, re.MULTILINE)
    return re.sub(r"\s+", " ", match[2]) if match else ""


def fields(type: str, name: str) -> Iterator[tuple[str, str]]:
    """Each field of an object or of a map of objects, and of the objects in it; `type` is on one line."""
    for match in re.finditer(
        r"(\w+) = ((?:optional\()?(?:object\(\{.*?\}\)|[^(),{} ]+(?:\([^()]*\))?(?:, [^()]+)?)\)?)", type
    ):
        yield f"{name}.{match[1]}", match[2]


def of_variable(name: str, body: str, kind: str = "variable") -> Iterator[tuple[str, str]]:
    """The variable itself, its fields, its default, and the conditions of its values."""
    type = declared("type", body)
    yield f"{kind} {name}", type.partition("(")[0] if "{" in type else type
    if "{" in type:
        for field, text in fields(type.partition("{")[2], name):
            yield f"{kind} {field}", text
    yield f"default of {kind} {name}", declared("default", body)
    yield f"values of {kind} {name}", " and ".join(re.findall(r"condition += (.*)", body))


def of_output(name: str, body: str) -> Iterator[tuple[str, str]]:
    """The output as it is described, and its members."""
    yield f"output {name}", declared("description", body)
    value = declared("value", body)
    if value.startswith("{ ") and " for " not in value:
        for member in re.findall(r"(\w+) = ", value):
            yield f"output {name}.{member}", "there"


def interface(cloud: str) -> Interface:
    """All that a caller of the module, or who runs its root, sees."""
    module, root = ROOT / cloud, ROOT / "live" / cloud
    files = (path.relative_to(module) for path in module.rglob("*") if path.is_file())
    facts = {f"file {path}": "there" for path in files if not {".terraform", "mocks"} & set(path.parts)}
    for name, body in blocks("variable", (module / "variables.tf").read_text()).items():
        facts |= dict(of_variable(name, body))
    for name, body in blocks("output", (module / "outputs.tf").read_text()).items():
        facts |= dict(of_output(name, body))
    for name, body in blocks("variable", (root / "variables.tf").read_text()).items():
        facts[f"root's variable {name}"] = declared("type", body)
    for name in blocks("output", (root / "outputs.tf").read_text()):
        facts[f"root's output {name}"] = "there"
    return facts


def differences(aws: Interface, gcp: Interface) -> dict[str, tuple[str, str]]:
    """What is declared otherwise; of what only one has, its members go without saying."""
    differ = {name: (aws.get(name, ABSENT), gcp.get(name, ABSENT)) for name in aws.keys() | gcp.keys()}
    differ = {name: both for name, both in differ.items() if both[0] != both[1]}
    alone = {name for name, both in differ.items() if ABSENT in both}

    def goes_without_saying(name: str) -> bool:
        subject = re.sub(r"^(default of|values of) ", "", name)
        root = subject.removeprefix("root's ") if subject.startswith("root's ") else ""
        return (subject != name and subject in alone) or subject.partition(".")[0] in alone - {name} or root in alone

    return {name: both for name, both in differ.items() if not goes_without_saying(name)}


def listed() -> dict[str, tuple[str, str, str]]:
    """The rows of the table: for each name AWS, Google Cloud, why."""
    rows = re.findall(r"^\| (.+) \| (.+) \| (.+) \| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    return {name.replace("`", ""): (aws, gcp, why) for name, aws, gcp, why in rows if aws not in ("AWS", "---")}


def test_the_differences_are_those_that_are_listed() -> None:
    actual = differences(interface("aws"), interface("gcp"))
    assert sorted(actual) == sorted(listed())


def test_the_list_says_of_each_what_it_is_on_either_cloud_and_why() -> None:
    actual = differences(interface("aws"), interface("gcp"))
    for name, (*sides, why) in listed().items():
        for cell, text in zip(sides, actual[name], strict=True):
            assert (cell == ABSENT) is (text == ABSENT), name
            if cell.startswith("`") and name.startswith(("variable ", "default ")):
                assert cell.strip("`") == text, name
        assert len(why) > 20, name


def test_both_roots_hand_the_module_every_variable_that_it_has() -> None:
    for cloud in ("aws", "gcp"):
        module = set(blocks("variable", (ROOT / cloud / "variables.tf").read_text()))
        handed = blocks("module", (ROOT / "live" / cloud / "main.tf").read_text())["telemetry"]
        assert set(re.findall(r"^  (\w+) += var\.\1$", handed, re.MULTILINE)) == module


def test_both_roots_pass_on_all_outputs_of_the_module() -> None:
    for cloud in ("aws", "gcp"):
        module = blocks("output", (ROOT / cloud / "outputs.tf").read_text())
        root = blocks("output", (ROOT / "live" / cloud / "outputs.tf").read_text())
        assert {name: declared("value", body) for name, body in root.items()} == {
            name: f"module.telemetry.{name}" for name in module
        }


def test_a_declaration_is_read_to_its_end() -> None:
    body = """
  description = "Who."
  type = object({
    names = optional(list(string), [])
    rate  = optional(number, 100)
    domain = optional(object({
      name = string
    }))
  })
  default = {}
"""
    assert dict(of_variable("web", body)) == {
        "variable web": "object",
        "variable web.names": "optional(list(string), [])",
        "variable web.rate": "optional(number, 100)",
        "variable web.domain": "optional(object({ name = string }))",
        "default of variable web": "{}",
        "values of variable web": "",
    }


def test_the_roots_set_no_default_except_the_packages() -> None:
    for cloud in ("aws", "gcp"):
        variables = blocks("variable", (ROOT / "live" / cloud / "variables.tf").read_text())
        own = {name for name, body in variables.items() if declared("default", body) not in ("", "null", "{}", "false")}
        assert own <= {"packages"}, cloud
