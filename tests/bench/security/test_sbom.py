"""The bill is valid against the schema's own validator, and complete where metadata are."""

import datetime
import email.message
import importlib.metadata
import json
import re

import pytest

from twinbed.bench.security.sbom import Support, missing, sbom

AT = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


class Fake(importlib.metadata.Distribution):
    """A distribution whose metadata are given."""

    def __init__(self, **fields):
        self.message = email.message.Message()
        for name, values in fields.items():
            for value in values if isinstance(values, list) else [values]:
                self.message[name.replace("_", "-")] = value

    def read_text(self, filename):
        return self.message.as_string() if filename == "METADATA" else None

    def locate_file(self, path):
        raise NotImplementedError  # abstract in the base; a bill never looks at files


ONE = Fake(
    Name="Signal_Tools",
    Version="1.2",
    Author="A Lab",
    License_Expression="MIT",
    Requires_Dist=["Deep.Math>=1; python_version > '3'", "docs-only ; extra == 'doc'", "absent"],
)
TWO = Fake(Name="deep-math", Version="3.0+local", Classifier=["License :: OSI Approved :: BSD License"])


def bill(**settings):
    return sbom("Monitor", "2.0", "Us", at=AT, distributions=[ONE, TWO], **settings)


def test_components_and_dependencies_are_those_of_the_metadata():
    made = bill()
    assert [c["name"] for c in made["components"]] == ["deep-math", "Signal_Tools"]
    assert [c["purl"] for c in made["components"]] == ["pkg:pypi/deep-math@3.0%2Blocal", "pkg:pypi/signal-tools@1.2"]
    assert made["components"][0]["licenses"] == [{"license": {"name": "BSD License"}}]
    assert made["components"][1]["licenses"] == [{"expression": "MIT"}]
    needs = {d["ref"]: d["dependsOn"] for d in made["dependencies"]}
    assert needs == {
        "monitor@2.0": ["pkg:pypi/signal-tools@1.2"],
        "pkg:pypi/signal-tools@1.2": ["pkg:pypi/deep-math@3.0%2Blocal"],
        "pkg:pypi/deep-math@3.0%2Blocal": [],
    }
    assert made["metadata"]["timestamp"] == "2026-03-01T12:00:00Z"


def test_what_is_missing_is_named():
    assert missing(bill()) == [
        "deep-math: supplier", "deep-math: level of support", "deep-math: end of support",
        "Signal_Tools: level of support", "Signal_Tools: end of support",
    ]  # fmt: skip
    kept = {"signal-tools": Support("actively maintained", "2031-12-31"), "deep-math": Support("abandoned")}
    assert missing(bill(support=kept)) == ["deep-math: supplier", "deep-math: end of support"]


def test_the_same_environment_has_the_same_serial_number():
    assert bill()["serialNumber"] == bill()["serialNumber"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill()["serialNumber"])
    assert sbom("Monitor", "2.1", "Us", at=AT, distributions=[ONE, TWO])["serialNumber"] != bill()["serialNumber"]


def test_the_bill_of_this_environment_is_valid_cyclonedx():
    validation = pytest.importorskip("cyclonedx.validation.json", reason="cyclonedx-python-lib is not installed")
    pytest.importorskip("jsonschema", reason="cyclonedx-python-lib[json-validation] is not installed")
    schema = pytest.importorskip("cyclonedx.schema").SchemaVersion.V1_6
    for made in (sbom("twinbed", "0", "Us"), bill(support={"deep-math": Support("abandoned", "2020-01-01")})):
        assert validation.JsonStrictValidator(schema).validate_str(json.dumps(made)) is None
    made["components"][0]["type"] = "nonsense"
    assert validation.JsonStrictValidator(schema).validate_str(json.dumps(made)) is not None


def test_the_bill_has_the_fields_that_the_schema_requires():
    made = sbom("twinbed", "0", "Us")
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert {c["name"].lower() for c in made["components"]} >= {"numpy", "scipy", "jax"}
    refs = [c["bom-ref"] for c in made["components"]]
    assert len(set(refs)) == len(refs)
    assert {d["ref"] for d in made["dependencies"]} == {*refs, "twinbed@0"}
    for d in made["dependencies"]:
        assert set(d["dependsOn"]) <= set(refs)
        assert len(set(d["dependsOn"])) == len(d["dependsOn"])
    (scipy,) = (d for d in made["dependencies"] if d["ref"].startswith("pkg:pypi/scipy@"))
    assert [r.split("@")[0] for r in scipy["dependsOn"]] == ["pkg:pypi/numpy"]
