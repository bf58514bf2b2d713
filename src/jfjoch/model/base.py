"""What all settings have in common: frozen, strict, unknown keys ignored, null means absent."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

INT64_MAX = 2**63 - 1


def _int64_json_schema(schema: dict[str, Any]) -> None:
    """Say the limits of int64 by the format, so that only narrower ones stand as numbers."""
    schema["format"] = "int64"
    if schema.get("minimum") == -INT64_MAX - 1:
        del schema["minimum"]
    if schema.get("maximum") == INT64_MAX:
        del schema["maximum"]


# A validator function in place of the limits would hide narrower ones from the JSON schema.
Int64 = Annotated[int, Field(ge=-INT64_MAX - 1, le=INT64_MAX, json_schema_extra=_int64_json_schema)]
BitDepth = Annotated[Literal[8, 16, 32], Field(json_schema_extra={"format": "int64"})]
Float = Annotated[float, Field(json_schema_extra={"format": "float"})]


class WireModel(BaseModel):
    """A JSON object of the contract."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="ignore", allow_inf_nan=False, populate_by_name=True
    )


class Settings(WireModel):
    """A JSON object a user sends. An explicit null is the same as leaving the field out (B011)."""

    nullable_fields: ClassVar[frozenset[str]] = frozenset()
    """Fields in which null is a value of its own."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {k: v for k, v in data.items() if v is not None or k in cls.nullable_fields}
