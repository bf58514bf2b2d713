"""What all settings have in common: frozen, strict, unknown keys ignored, null means absent."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

INT64_MAX = 2**63 - 1


def _within_int64(value: int) -> int:
    if not -INT64_MAX - 1 <= value <= INT64_MAX:
        raise ValueError("Input should fit into a signed 64-bit integer")
    return value


Int64 = Annotated[int, AfterValidator(_within_int64), Field(json_schema_extra={"format": "int64"})]
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
