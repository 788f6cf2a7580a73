"""Every Chinese sentence of an error belongs to a class that there is, and asks for fields that the class has."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import api.errors
import api.reading.criteria
import api.register.errors
import catalog.errors
import ingest.errors
import ingest.fingerprint.errors
import ingest.process
import retention.errors
import storage.errors
from api.messages.faults import key_of_fault, sentence_of
from api.messages.language import Language
from api.messages.translator import texts_of, translator

MODULES = (
    api.errors,
    api.reading.criteria,
    catalog.errors,
    ingest.errors,
    ingest.fingerprint.errors,
    ingest.process,
    api.register.errors,
    retention.errors,
    storage.errors,
)
CLASSES = {
    key_of_fault(each.__name__): each
    for module in MODULES
    for _, each in inspect.getmembers(module, inspect.isclass)
    if issubclass(each, Exception)
}
TEXTS = dict(
    re.findall(
        r"^(fault-[a-z-]+) = (.*?)(?=^\S|\Z)", texts_of(Language.CHINESE)["faults.ftl"], re.DOTALL | re.MULTILINE
    )
)


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_a_translated_fault_names_an_error_and_its_fields(key: str) -> None:
    ours = [each for each in CLASSES[key].__mro__ if each in CLASSES.values()]
    source = "".join(inspect.getsource(each) for each in ours)
    for field in re.findall(r"\{ \$(\w+)", TEXTS[key]):
        assert f"self.{field}" in source, f"{CLASSES[key].__name__} has no field {field}"


def test_an_error_without_a_translation_keeps_its_own_sentence() -> None:
    error = storage.errors.StoreMisconfigured("The bucket has no lock.")
    assert sentence_of(translator(Language.CHINESE), error) == "The bucket has no lock."


def test_a_translated_error_says_its_facts() -> None:
    error = catalog.errors.NotFound("case", "迪市监罚〔2026〕12号")
    assert sentence_of(translator(Language.CHINESE), error) == "没有案件 迪市监罚〔2026〕12号。"
    assert sentence_of(translator(Language.ENGLISH), error) == str(error)


def test_the_errors_that_people_meet_every_day_are_translated() -> None:
    everyday = {"StoreFull", "StoreUnavailable", "CatalogUnavailable", "NotFound", "SettingsInvalid", "PortTaken"}
    assert everyday <= {CLASSES[key].__name__ for key in TEXTS}


ENGLISH = re.compile(r"[A-Za-z]+ [a-z]{3,} [a-z]{3,}")


@pytest.mark.parametrize(
    "error",
    [
        storage.errors.StoreUnavailable("s3:9000", "it answers SlowDown", "fault"),
        storage.errors.StoreUnavailable("s3:9000", "nothing listens there", "nothing_listens"),
        storage.errors.StoreUnavailable("/home", "No such file or directory"),
        catalog.errors.CatalogUnavailable("db", "the server said something nobody knows"),
        catalog.errors.CatalogMisconfigured("db", "the server said something nobody knows"),
        catalog.errors.DispatchUnavailable("redis", "Error 111 connecting to it. Connection refused"),
        catalog.errors.DispatchMisconfigured(
            "redis", "it refuses what we ask for (no)", "refuses", "no such thing here"
        ),
        api.errors.SettingsInvalid("naming", "the expression cannot be understood at all"),
        api.errors.MetricsPortTaken("h", 1, "Address already in use"),
        ingest.errors.SourceUnreadable("/card/a", "Input or output error"),
        api.register.errors.RegisterFileMissing(Path("/a"), "No such file or directory"),
        api.register.errors.RegisterFileUnreadable("its archive is damaged", "Save it again"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_words_of_others_are_only_quoted_after_a_sentence_of_ours(error: Exception) -> None:
    said = sentence_of(translator(Language.CHINESE), error)
    assert not ENGLISH.search(re.sub(r"“[^”]*”", "", said)), said
    assert re.match(r"[^“]*[\u4e00-\u9fff]{3}", said)


def _reasons_given_by_the_store() -> set[str]:
    """The codes that the storage package hands to StoreUnavailable, in the call itself or from what makes them."""
    found: set[str] = set()
    for path in Path(storage.errors.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="StoreUnavailable"), args=[_, _, ast.Constant(value=str(code))]):
                    found.add(code)
                case ast.Return(value=ast.Tuple(elts=[ast.Constant(value=str(code)), ast.Constant(value=str())])):
                    found.add(code)
    return found


def test_every_reason_of_the_store_is_translated() -> None:
    translated = set(re.findall(r"\[(\w+)\]", TEXTS["fault-store-unavailable"]))
    assert _reasons_given_by_the_store() == translated - {"other"}
    assert len(translated) > 5


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_every_translated_fault_loads(key: str) -> None:
    """A text with a fault in its own grammar is left out by the library without a word."""
    assert translator(Language.CHINESE).has(key)
