"""Rules in Vale's format: what each kind finds, in which texts, with which words; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.checks.house_rules import check
from copydesk.errors import UsageError, WorkflowError
from copydesk.house_patterns import BadPattern, compile_pattern, literal_of
from copydesk.house_style import prepare, rule_id
from copydesk.post import Post
from copydesk.step import StepContext

# Two styles of the size and the tricks of those that are used most, in words of our own.
HARBOR = {
    "Numerals": "extends: existence\nmessage: \"Put a space into '%s'.\"\nnonword: true\nlevel: error\ntokens:\n"
    "  - \\b\\d+(?:KB|MB|GB)\\b\naction:\n  name: edit\n  params:\n    - regex\n    - '(\\d+)(\\w+)'\n    - $1 $2\n",
    "We": "extends: existence\nmessage: \"Say who '%s' is.\"\nlevel: suggestion\nignorecase: true\ntokens:\n"
    "  - we\n  - we'(?:ve|re)\n  - ours?\n  - let's\n",
    "WordList": "extends: substitution\nmessage: \"Use '%s' instead of '%s'.\"\nlink: https://style.example/words\n"
    "ignorecase: true\naction:\n  name: replace\nswap:\n  'click on': click|select\n  'log ?in to': sign in to\n"
    "  '(?<!the )net\\b': internet\n",
    "Acronyms": "extends: conditional\nmessage: \"Spell out '%s'.\"\nlevel: suggestion\nignorecase: false\n"
    "first: '\\b([A-Z]{3,5})\\b'\nsecond: '(?:\\b[A-Z][a-z]+ )+\\(([A-Z]{3,5})\\)'\nexceptions:\n  - API\n  - URL\n",
    "Headings": "extends: capitalization\nmessage: \"'%s' is no sentence.\"\nscope: heading\nmatch: $sentence\n"
    "indicators:\n  - ':'\nexceptions:\n  - Kubernetes\n",
}
LANTERN = {
    "SentenceLength": "extends: occurrence\nmessage: 'A sentence has at most %s words here.'\nscope: sentence\n"
    "level: suggestion\nmax: 8\ntoken: '[A-Za-z]+'\n",
    "Again": "extends: repetition\nmessage: \"'%s' stands twice.\"\nlevel: error\nalpha: true\nignorecase: true\n"
    "tokens:\n  - '[^\\s]+'\n",
    "Vocab": "extends: substitution\nmessage: Prefer %s over '%s'.\nignorecase: false\nlevel: error\nswap:\n"
    "  '(?i)e-?mails?': email\n  '(?i:github)': GitHub\n  no: none\n",
    "Spaces": "extends: existence\nmessage: 'One.'\nnonword: true\nscope: raw\ntokens:\n  - '[a-z][.?!] {2,}[A-Z]'\n",
    "Passive": "extends: existence\nmessage: \"'%s' may be passive.\"\nignorecase: true\nraw:\n"
    "  - \\b(am|are|is|was|were|be(?:en)?)\\b\\s*\ntokens:\n  - '[\\w]+ed'\n  - written\n",
    "Title": "extends: capitalization\nmessage: \"'%s'\"\nscope: heading.h2\nmatch: $title\nstyle: AP\n",
}


def write(folder: Path, **styles: dict[str, str]) -> Path:
    for style, rules in styles.items():
        (folder / "styles" / style).mkdir(parents=True, exist_ok=True)
        for name, text in rules.items():
            (folder / "styles" / style / f"{name}.yml").write_text(text)
    return folder


def options(folder: Path, **more: object) -> dict[str, object]:
    return dict(prepare({"folder": "styles", **more}, folder))


def found(folder: Path, text: str, vocabulary: tuple[str, ...] = (), **more: object) -> list[tuple[str, str]]:
    post = Post.from_text("post.md", text)
    findings = check(post, StepContext(options=options(folder, **more), vocabulary=vocabulary))
    for finding in findings:
        line = text.splitlines()[finding.line - 1]
        assert "\n" in finding.match or line[finding.column - 1 :].startswith(finding.match)
    return [(f.check.partition(".")[2], f.match) for f in findings]


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    return write(tmp_path, Harbor=HARBOR, Lantern=LANTERN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It needs 16GB or 2 GB.", [("harbor_numerals", "16GB")]),
        ("Let's go where `we` went.", [("harbor_we", "Let's")]),
        ("Please click on it, login to it.", [("harbor_word_list", "click on"), ("harbor_word_list", "login to")]),
        ("Use net, not the net.", [("harbor_word_list", "net")]),
        ("The QPC is on.\n\nA Quick Pull Cord (QPC) is.", [("harbor_acronyms", "QPC")]),
        ("A Quick Pull Cord (QPC) is.\n\nThe QPC and the API.", []),
        ("# How To Write Words\n", [("harbor_headings", "How To Write Words")]),
        ("# How Kubernetes works: A tour of GitHub\n", []),
        ("## from here to it\n", [("harbor_headings", "from here to it"), ("lantern_title", "from here to it")]),
        ("One two three four five six seven eight nine. Ten.", [
            ("lantern_sentence_length", "One two three four five six seven eight nine")]),
        ("The the end. `x` `x` 2 2", [("lantern_again", "The the")]),
        ("An E-mail on github, not GitHub. no.", [
            ("lantern_vocab", "E-mail"), ("lantern_vocab", "github"), ("lantern_vocab", "no")]),
        ("It ends.  It starts.", [("lantern_spaces", "s.  I")]),
        ("It was written and wanted.", [("lantern_passive", "was written")]),
        ("---\ntitle: Our Long Day\n---\nText.\n", [("harbor_headings", "Our Long Day"), ("harbor_we", "Our")]),
        ("> we\n\n- ours\n\n| a |\n| - |\n| we |\n", [("harbor_we", w) for w in ("we", "ours", "we")]),
        ("```\nwe click on the the net\n```\n", []),
    ],
)  # fmt: skip
def test_the_rules_find_what_they_say_and_nothing_else(blog: Path, text: str, expected: list[tuple[str, str]]) -> None:
    assert found(blog, text) == expected


def test_messages_and_suggestions_are_filled_in(blog: Path) -> None:
    post = Post.from_text("post.md", "Click on 16GB.\n")
    word_list, numerals = check(post, StepContext(options=options(blog)))
    assert word_list.message == "Use 'click' or 'select' instead of 'Click on'. (https://style.example/words)"
    assert numerals.suggestions == ("16 GB",)
    assert (word_list.severity.value, numerals.severity.value) == ("warning", "error")


def test_words_of_the_vocabulary_are_accepted(blog: Path) -> None:
    assert found(blog, "Net and net.", ("Net",)) == [("harbor_word_list", "net")]


def test_styles_are_chosen_and_rules_left_out_by_name(blog: Path) -> None:
    assert found(blog, "we the the", styles=["Lantern"]) == [("lantern_again", "the the")]
    assert found(blog, "we the the", skip=["Lantern.Again"]) == [("harbor_we", "we")]


def test_a_limit_and_a_scope_of_several_texts(tmp_path: Path) -> None:
    rule = "extends: existence\nlimit: 2\nscope: [heading, '~heading & ~blockquote & ~list']\ntokens: [so]\n"
    text = "> so\n\n# so\n\nso\n\n- so\n\nso\n"
    assert found(write(tmp_path, S={"So": rule}), text) == [("s_so", "so"), ("s_so", "so")]


@pytest.mark.parametrize(
    ("rule", "line", "message"),
    [
        ("extends: spelling\nmessage: x\n", 1, "rules of the kind 'spelling' are not supported"),
        ("message: x\ntokens: [a]\n", 1, "does not say what it `extends`"),
        ("extends: existence\nscope: link\ntokens: [a]\n", 2, "the scope 'link' is not supported"),
        ("extends: existence\ntokens: [a]\npos: NN\n", 3, "'pos' is not supported"),
        ("extends: existence\ntokens:\n  - fine\n  - 'a(b'\n", 4, "missing )"),
        ("extends: existence\ntokens: ['((a{999}){999}){999}']\n", 2, "repetitions are too many"),
        ("extends: existence\nlevel: fatal\ntokens: [a]\n", 2, "none of suggestion, warning, error"),
        ("extends: existence\nignorecase: 7\ntokens: [a]\n", 2, "true or false"),
        ("extends: existence\n", 1, "needs `tokens` or `raw`"),
        ("extends: substitution\n", 1, "needs `swap`"),
        ("extends: substitution\nswap: [a]\n", 2, "a mapping of patterns"),
        ("extends: occurrence\ntoken: a\n", 1, "needs `max` or `min`"),
        ("extends: capitalization\nmatch: $camel\n", 2, "'$camel' is not supported"),
        ("extends: existence\ntokens: [a]\naction: {name: dance}\n", 3, "the action 'dance' is not supported"),
        ("extends: existence\nextends: existence\ntokens: [a]\n", 2, "given twice"),
        ("extends: existence\ntokens: &a [b, c]\nraw: *a\n", 1, "cannot be read as YAML"),
        ("extends: [\n", 2, "this is not YAML"),
        ("- a\n", 1, "a rule is a mapping"),
    ],
)
def test_what_cannot_be_followed_is_a_problem_of_its_file(tmp_path: Path, rule: str, line: int, message: str) -> None:
    write(tmp_path, Team={"Good": "extends: existence\ntokens: [a]\n", "Bad": rule})
    with pytest.raises(WorkflowError) as caught:
        options(tmp_path)
    (problem,) = caught.value.problems
    assert problem.file == str(tmp_path / "styles" / "Team" / "Bad.yml")
    assert problem.line == line
    assert message in problem.message
    assert options(tmp_path, skip=["Team.Bad"])


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, Team={"A": "extends: script\n", "B": "extends: existence\nscope: link\ntokens: [a]\n"})
    with pytest.raises(WorkflowError) as caught:
        options(tmp_path)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "name the folder"),
        ({"folder": "styles", "fodler": 1}, "no option 'fodler'"),
        ({"folder": "no-such"}, "there is no folder"),
        ({"folder": "styles", "styles": ["Team", "Taem"]}, "no style 'Taem'"),
        ({"folder": "styles", "skip": ["Team.Godo"]}, "no such rule. Did you mean 'Team.Good'?"),
        ({"folder": "styles", "skip": "Team.Good"}, "is a list of names"),
    ],
)
def test_options_that_cannot_be_used(tmp_path: Path, given: dict[str, object], message: str) -> None:
    write(tmp_path, Team={"Good": "extends: existence\ntokens: [a]\n"})
    with pytest.raises(UsageError) as caught:
        prepare(given, tmp_path)
    assert message in str(caught.value)


def test_two_rules_of_one_id_are_refused(tmp_path: Path) -> None:
    good = "extends: existence\ntokens: [a]\n"
    with pytest.raises(WorkflowError, match=r"its id house_rules\.team_word_list is that of"):
        options(write(tmp_path, Team={"WordList": good, "word-list": good}))


def test_a_change_of_a_rule_is_a_change_of_the_options(blog: Path) -> None:
    before = options(blog)
    (blog / "styles" / "Harbor" / "We.yml").write_text("extends: existence\nmessage: No.\ntokens: [us]\n")
    assert options(blog) != before
    assert json.loads(str(options(blog)["rules"]))


@pytest.mark.parametrize(
    ("style", "name", "expected"),
    [
        ("Google", "WordList", "google_word_list"),
        ("write-good", "TooWordy", "write_good_too_wordy"),
        ("MS", "HTTPVerbs2", "ms_http_verbs2"),
    ],
)
def test_ids_are_made_of_names(style: str, name: str, expected: str) -> None:
    assert rule_id(style, name) == f"house_rules.{expected}"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"[^[\]]+", "a[b]", ["a", "b"]),
        (r"[]a]+", "a]b", ["a]"]),
        (r"[a&&b|]+", "a&b|", ["a&b|"]),
        (r"[[:alpha:]]+", "ab1", ["ab"]),
        (r"(?:(?i)foo)|bar", "FOO BAR bar", ["FOO", "bar"]),
        (r"(?<=\bno +)way", "no   way", ["way"]),
        (r"(?<w>\w)\k<w>", "aab", ["aa"]),
        (r"\p{Lu}\pL+", "xy Äb", ["Äb"]),
    ],
)
def test_patterns_mean_what_they_mean_in_vale(pattern: str, text: str, expected: list[str]) -> None:
    assert [m[0] for m in compile_pattern(pattern).finditer(text)] == expected


@pytest.mark.parametrize("pattern", ["(", "[a", "a{99999999999}", "(?:(?:a{300}|b){300}){9}", "(" * 5_000])
def test_patterns_that_cannot_be_used(pattern: str) -> None:
    with pytest.raises(BadPattern):
        compile_pattern(pattern)


def test_a_review_applies_the_house_style_and_names_what_it_cannot(copydesk, tmp_path: Path) -> None:
    write(tmp_path, Harbor=HARBOR)
    (tmp_path / "post.md").write_text("# About words\n\nPlease click on it.\n")
    steps = "workflow:\n  steps:\n    - name: house_rules\n      with: {folder: styles}\n"
    (tmp_path / "copydesk.yaml").write_text(steps)
    done = copydesk("check", "post.md", "--format", "json")
    (finding,) = json.loads(done.stdout)["posts"][0]["findings"]
    assert (finding["check"], finding["match"], finding["line"]) == ("house_rules.harbor_word_list", "click on", 3)
    # A changed rule is a changed question: nothing of the cache answers it.
    (tmp_path / "styles" / "Harbor" / "WordList.yml").write_text("extends: existence\nmessage: No.\ntokens: [please]\n")
    (tmp_path / "copydesk.yaml").write_text(steps + "checks:\n  severity: {house_rules.harbor_word_list: error}\n")
    assert json.loads(copydesk("check", "post.md", "--format", "json").stdout)["posts"][0]["findings"] == []
    (tmp_path / "styles" / "Harbor" / "Odd.yml").write_text("message: x\nextends: metric\n")
    done = copydesk("check", "post.md")
    assert done.returncode == 2
    assert f"{Path('styles', 'Harbor', 'Odd.yml')}:2: extends: rules of the kind 'metric' are not" in done.stderr
    assert "skip: [Harbor.Odd]" in done.stderr


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("How To Find The Old Pier", ["How To Find The Old Pier"]),
        ("How to find the Old Pier", []),
        ("How To Find The North Quay", ["How To Find The North Quay"]),
        ("How to find North", []),
        ("Old Pier", []),
    ],
)
def test_an_exception_excuses_its_words_and_not_the_heading(tmp_path: Path, heading: str, expected: list[str]) -> None:
    rule = "extends: capitalization\nmessage: '%s'\nscope: heading\nmatch: $sentence\nexceptions: [Old Pier, North]\n"
    folder = write(tmp_path, Harbor={"Headings": rule})
    assert [match for _, match in found(folder, f"# {heading}\n")] == expected


def test_to_replace_without_words_is_to_replace_by_those_of_the_swap(tmp_path: Path) -> None:
    rule = "extends: substitution\nmessage: Use '%s', not '%s'.\naction: {name: replace}\nswap: {utilise: use|take}\n"
    folder = write(tmp_path, Harbor={"Words": rule})
    (finding,) = check(Post.from_text("post.md", "We utilise it.\n"), StepContext(options=options(folder)))
    assert finding.suggestions == ("use", "take")


# The forms that the rules of large public packages take, each in a rule of our own.
FORMS = {
    "Raw": ["raw: ['\\b(?:is|was|been)\\b\\s*']", "tokens: ['[\\w]+ed', written]"],
    "Before": ["ignorecase: true", "tokens: ['(?<!ferry)boat ?yard', '(?<=the )pier(?! head)']"],
    "Inline": ["tokens: ['(?i)wi-?fi', '(?:one|two)(?: or three)?']"],
    "Marks": ["nonword: true", "tokens: ['\\s[—–]\\s', '[a-z][.?!] {2,}[A-Z]']"],
    "Hyphen": [
        "nonword: true", "action: {name: edit, params: [regex, '-', ' ']}", "tokens: ['\\b[^\\s-]+ly-\\w+\\b']",
    ],
    "Trim": ["nonword: true", "action: {name: edit, params: [trim_right, '!']}", "tokens: ['\\w+!(?:\\s|$)']"],
    "Once": ["limit: 1", "scope: [paragraph, list]", "tokens: [s/he, '\\(s\\)he']"],
    "Except": ["tokens: ['[A-Z]{3,}']", "exceptions: [API, HTML]"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was moved, it is written.", [("was moved", ()), ("is written", ())]),
        ("The boat yard, a ferryboat yard.", [("boat yard", ())]),
        ("See the pier, not the pier head.", [("pier", ())]),
        ("A WiFi for two or three of them.", [("WiFi", ()), ("two or three", ())]),
        ("It is here — or there.  Or not.", [("—", ()), ("e.  O", ())]),
        ("A newly-made net.", [("newly-made", ("newly made",))]),
        ("Wow! It floats.", [("Wow!", ("Wow",))]),
        ("Ask if s/he or (s)he or s/he knows.", [("s/he", ())]),
        ("The API is not the QPC.", [("QPC", ())]),
    ],
)
def test_the_forms_of_public_packages(tmp_path: Path, text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    files = {name: "extends: existence\nmessage: '%s'\n" + "\n".join(keys) + "\n" for name, keys in FORMS.items()}
    folder = write(tmp_path, Forms=files)
    findings = check(Post.from_text("post.md", text + "\n"), StepContext(options=options(folder)))
    assert [(finding.match, finding.suggestions) for finding in findings] == expected


def test_reports_describe_the_rules_of_the_files(copydesk, tmp_path: Path) -> None:
    write(tmp_path, Harbor=HARBOR)
    (tmp_path / "styles" / "Harbor" / "Told.yml").write_text(
        "extends: existence\nmessage: \"Not '%s'.\"\ndescription: Words of the sea.\nlink: https://style.example/sea\n"
        "tokens: [anchor]\n"
    )
    (tmp_path / "post.md").write_text("# About words\n\nPlease click on the anchor.\n")
    (tmp_path / "copydesk.yaml").write_text(
        "workflow:\n  steps:\n    - name: house_rules\n      with: {folder: styles}\n"
    )
    (run,) = json.loads(copydesk("check", "post.md", "--format", "sarif").stdout)["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    told = rules["house_rules.harbor_told"]
    assert told["shortDescription"]["text"] == "Words of the sea."
    assert told["help"]["text"] == "Not '…'.\nSource: https://style.example/sea"
    assert "Harbor.WordList" in rules["house_rules.harbor_word_list"]["help"]["text"]
    listed = json.loads(copydesk("steps", "--format", "json", cwd=tmp_path).stdout)
    (step,) = (step for step in listed if step["step"] == "house_rules")
    assert {"house_rules.slow_rule", "house_rules.harbor_told"} <= {check["id"] for check in step["checks"]}


@pytest.mark.parametrize(
    ("token", "literal"),
    [
        ("utilize", "utilize"),
        ("Log ?in to", "in to"),
        ("utili[sz]e(?:d)", "utili"),
        ("[]x]abc", "abc"),
        (r"[\]x]+abc", "abc"),
        (r"\bfoo\.bar", "foo"),
        ("(?<!the )net", "net"),
        ("colou?rs", "colo"),
        ("ab{0,2}c", "a"),
        ("b{10}cd", "cd"),
        (r"\x41\p{Lu}\u0041\k<name>\101y", "y"),
        ("(?x) a b", ""),
        ("a|b", ""),
        ("(?:a|b)", ""),
        (r"\d+", ""),
        ("x(y(z)w)v", "x"),
        ("[abc", ""),
    ],
)
def test_texts_without_the_words_of_a_pattern_are_passed_over(token: str, literal: str) -> None:
    assert literal_of(token) == literal


PARTS = [
    "ab",
    "A",
    "(?:b|a)?",
    "[ab]",
    "b?",
    "a*",
    r"\w",
    " ",
    "(?i)",
    "(?<!b)",
    "-",
    "b+",
    "b{2}",
    r"\x41",
    r"\p{Lu}",
    r"(?=b)",
]


@given(
    st.lists(st.sampled_from(PARTS), max_size=6).map("".join),
    st.text("abAB -", max_size=12),
)
def test_what_a_pattern_finds_holds_its_literal(token: str, text: str) -> None:
    for match in compile_pattern(f"(?:{token})", True).finditer(text):
        assert literal_of(token) in match[0].lower()
