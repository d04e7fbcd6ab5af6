"""A CloudFormation template with queries for tests."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


class Template:
    def __init__(self, content: Json) -> None:
        self.content = content
        self.resources: dict[str, Json] = content["Resources"]

    def of_type(self, kind: str) -> dict[str, Json]:
        """The properties of all resources of a type, by logical name."""
        return {n: r.get("Properties", {}) for n, r in self.resources.items() if r["Type"] == f"AWS::{kind}"}

    def properties(self, name: str) -> Json:
        found: Json = self.resources[name]["Properties"]
        return found

    @property
    def functions(self) -> dict[str, Json]:
        return {name.removesuffix("LambdaFunction").lower(): p for name, p in self.of_type("Lambda::Function").items()}

    def role_statements(self, function: str) -> list[Json]:
        """Everything a function's role allows, in policies of its own and those attached to it."""
        name = self.functions[function]["Role"]["Fn::GetAtt"][0]
        role = self.properties(name)
        documents = [policy["PolicyDocument"] for policy in role["Policies"]]
        documents += [self.properties(attached["Ref"])["PolicyDocument"] for attached in role["ManagedPolicyArns"]]
        here = {"Ref": name}
        documents += [p["PolicyDocument"] for p in self.of_type("IAM::Policy").values() if here in p["Roles"]]
        return [statement for document in documents for statement in document["Statement"]]

    def dead_letters_of(self, queue: str) -> Json:
        return self.properties(self.properties(queue)["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0])


def actions(statement: Json) -> list[str]:
    return as_list(statement["Action"])


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def references(value: Any) -> Iterator[str]:
    """Names that a value takes from elsewhere in the template."""
    if isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        if "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from references(part)
