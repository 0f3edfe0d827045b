"""Programs of the reader: what they give, what they may do, and what they leave behind. `tests/hub/test_page_cells.py`
runs the same tests with the page's Python."""

import json
import sys
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest

from tests.hub.reader import Reader


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """One process for all tests: a cell must leave it as it found it."""
    folder = tmp_path_factory.mktemp("cells")
    with Reader([sys.executable, "-m", "tests.hub.reader", str(folder)]) as reader:
        yield reader


@pytest.fixture
def reader(process: Reader) -> Iterator[Reader]:
    """The process, with the seeded catalogue, and in the end with no namespaces."""
    process.restore()
    yield process
    process.forget("")


def run(reader: Reader, source: str, page: str = "page") -> dict[str, Any]:
    return reader.run(dedent(source).strip("\n"), page)


def failure(reader: Reader, source: str) -> dict[str, Any]:
    """The error of a program that must have one."""
    error: dict[str, Any] | None = run(reader, source)["error"]
    assert error is not None
    return error


def succeed(reader: Reader, source: str) -> dict[str, Any]:
    """What a program gave that must have no error."""
    result = run(reader, source)
    assert result["error"] is None, result["error"]["traceback"]
    return result


# What a program gives ---------------------------------------------------------------------------------------------


def test_what_is_printed_comes_in_order_with_errors_between(reader):
    result = succeed(
        reader,
        """
        import sys
        print("one", 2)
        print("careful", file=sys.stderr)
        sys.stdout.write("three")
        """,
    )
    assert result["output"] == "one 2\ncareful\nthree"
    assert result["written"] == [["one 2\n", "stdout"], ["careful\n", "stderr"], ["three", "stdout"]]
    assert result["value"] == "5"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 1", "2"),
        ("'text'", "'text'"),
        ("x = 1", ""),
        ("None", ""),
        ("x = 1\nx", "1"),
        ("def f():\n    return 3", ""),
        ("", ""),
        ("# nothing", ""),
        ("if True:\n    5", ""),
        ("from __future__ import annotations\ndef f(x: nowhere): ...\nf.__annotations__", "{'x': 'nowhere'}"),
    ],
)
def test_the_value_is_that_of_a_last_line_that_is_an_expression(reader, source, value):
    assert succeed(reader, source)["value"] == value


def test_a_page_shares_its_names_and_no_other_page_has_them(reader):
    run(reader, "x = 41", page="one")
    assert run(reader, "x + 1", page="one")["value"] == "42"
    assert run(reader, "x", page="two")["error"]["type"] == "NameError"


def test_forgotten_names_are_gone_and_those_of_other_pages_are_not(reader):
    run(reader, "x = 1", page="one")
    run(reader, "x = 2", page="two")
    reader.forget("one")
    assert run(reader, "x", page="one")["error"]["type"] == "NameError"
    assert run(reader, "x", page="two")["value"] == "2"
    reader.forget("")
    assert run(reader, "x", page="two")["error"]["type"] == "NameError"


def test_a_restored_catalogue_leaves_names_alone(reader):
    run(reader, "x = 1")
    reader.restore()
    assert run(reader, "x")["value"] == "1"


def test_a_namespace_begins_like_that_of_any_program(reader):
    names = succeed(reader, "sorted(globals())")["value"]
    assert names == str(["__builtins__", "__doc__", "__loader__", "__name__", "__package__", "__spec__"])
    assert succeed(reader, "__name__")["value"] == "'__main__'"


def test_a_class_of_a_cell_can_be_pickled_and_a_function_s_source_read(reader):
    result = succeed(
        reader,
        """
        import inspect, pickle
        class Cup:
            size = 3
        def fill():
            return Cup()
        print(inspect.getsource(fill), end="")
        pickle.loads(pickle.dumps(fill())).size
        """,
    )
    assert result["output"] == "def fill():\n    return Cup()\n"
    assert result["value"] == "3"


def test_the_most_memory_is_that_of_the_program_and_is_not_watched_afterwards(reader):
    small = succeed(reader, "x = 1")["peak_bytes"]
    large = succeed(reader, "x = bytearray(5_000_000)\ndel x")["peak_bytes"]
    assert 0 < small < 1_000_000
    assert 5_000_000 < large < 6_000_000
    assert reader.ask("is_watched") is False


# Too much ---------------------------------------------------------------------------------------------------------


def test_output_is_cut_and_says_so(reader):
    result = succeed(reader, "for i in range(30_000): print('12345678')\nprint('the end')")
    lines = result["output"].splitlines()
    assert lines[-1] == "… 170,008 more characters were printed; they are cut."
    assert len(result["output"]) == 100_000 + len(lines[-1]) + 2
    assert "".join(text for text, _ in result["written"]) == result["output"]
    assert len(result["written"]) < 2_000  # a page that hears each line by itself does nothing else


def test_a_value_is_cut_and_says_so(reader):
    value = succeed(reader, "'x' * 50_000")["value"]
    assert len(value) == 20_000
    assert value.endswith("x… (50,002 characters in all)")


def test_what_no_page_can_hold_is_written_out(reader):
    result = succeed(reader, "print('\\ud800')\nprint(b'\\0'.decode())")
    assert result["output"] == "\\ud800\n\0\n"


# Waiting ----------------------------------------------------------------------------------------------------------


def test_a_program_may_await_at_its_top_level(reader):
    result = succeed(
        reader,
        """
        import asyncio
        await asyncio.sleep(0.01)
        print(await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2)))
        await asyncio.sleep(0, "done")
        """,
    )
    assert (result["output"], result["value"]) == ("[1, 2]\n", "'done'")


def test_django_s_asynchronous_methods_answer_and_are_traced(reader):
    result = succeed(
        reader,
        """
        from demo_api.catalog.models import Product
        names = [product.name async for product in Product.objects.order_by("name")[:2]]
        await Product.objects.acount()
        """,
    )
    assert result["value"] == "60"
    assert result["trace"]["count"] == len(result["trace"]["queries"]) == 2


def test_queries_of_tasks_run_one_after_another_are_traced(reader):
    result = succeed(
        reader,
        """
        import asyncio
        from demo_api.catalog.models import Category, Product
        await asyncio.gather(Product.objects.acount(), Category.objects.acount(), Product.objects.afirst())
        """,
    )
    assert result["trace"]["count"] == 3


def test_synchronous_queries_work_beside_await(reader):
    result = succeed(
        reader,
        """
        import asyncio
        from demo_api.catalog.models import Product
        await asyncio.sleep(0)
        Product.objects.count()
        """,
    )
    assert (result["value"], result["trace"]["count"]) == ("60", 1)


SCRIPT = """
import asyncio
from asgiref.sync import sync_to_async
from demo_api.catalog.models import Product
async def count():
    await asyncio.sleep(0.01)
    return await Product.objects.acount()
async def count_in_a_thread():
    return await sync_to_async(Product.objects.count)()
async def count_here():
    return Product.objects.count()
"""


@pytest.mark.parametrize("program", ["asyncio.run(count())", "asyncio.run(count_in_a_thread())"])
def test_a_program_that_awaits_nothing_may_run_a_loop_as_a_script_does(reader, program):
    result = succeed(reader, f"{SCRIPT}\n{program}")
    assert (result["value"], result["trace"]["count"]) == ("60", 1)
    assert succeed(reader, "await count(), Product.objects.count()")["value"] == "(60, 60)"


def test_django_refuses_synchronous_queries_in_the_coroutines_of_a_script(reader):
    error = failure(reader, f"{SCRIPT}\nasyncio.run(count_here())")
    assert error["type"] == "SynchronousOnlyOperation"
    assert succeed(reader, "await count_here()")["value"] == "60"


def test_asynchronous_code_inside_a_thread_s_function_is_refused_and_does_not_hang(reader):
    program = "from asgiref.sync import async_to_sync\nawait sync_to_async(async_to_sync(count))()"
    error = failure(reader, f"{SCRIPT}\n{program}")
    assert "You cannot use AsyncToSync in the same thread as an async event loop" in error["message"]


def test_a_loop_inside_a_loop_is_refused_as_everywhere(reader):
    result = run(reader, f"{SCRIPT}\nawait asyncio.sleep(0)\nasyncio.run(count())")
    assert result["error"]["message"] == "asyncio.run() cannot be called from a running event loop"
    assert result["output"] == "RuntimeWarning: coroutine 'count' was never awaited\n"


@pytest.mark.parametrize("program", ["await both()", "asyncio.run(both())"])
def test_a_call_that_blocks_lets_no_other_task_run(reader, program):
    result = succeed(
        reader,
        f"""
        import asyncio, time
        async def one(name, sleep):
            print(name, "begins")
            await sleep(0.02)
            print(name, "ends")
        async def blocking(seconds):
            time.sleep(seconds)
        async def both():
            await asyncio.gather(one("a", blocking), one("b", blocking))
            await asyncio.gather(one("c", asyncio.sleep), one("d", asyncio.sleep))
        {program}
        """,
    )
    assert [line.split()[0] for line in result["output"].splitlines()] == ["a", "a", "b", "b", "c", "d", "c", "d"]


def test_a_task_left_running_ends_with_its_cell(reader):
    run(
        reader,
        """
        import asyncio
        async def forever():
            while True:
                await asyncio.sleep(0.001)
                print("still here")
        task = asyncio.create_task(forever())
        await asyncio.sleep(0.005)
        """,
    )
    result = succeed(reader, "await asyncio.sleep(0.02)\ntask.cancelled()")
    assert (result["output"], result["value"]) == ("", "True")


# Errors -----------------------------------------------------------------------------------------------------------


def test_a_traceback_has_the_reader_s_lines_only(reader):
    run(reader, "def halve(x):\n    return 1 / x")
    error = failure(reader, "# a comment\nhalve(0)")
    assert {name: error[name] for name in ("type", "message", "line")} == {
        "type": "ZeroDivisionError",
        "message": "division by zero",
        "line": 2,
    }
    lines = [line for line in error["traceback"].splitlines() if set(line) - set(" ~^")]
    assert lines == [
        "Traceback (most recent call last):",
        '  File "cell", line 2, in <module>',
        "    halve(0)",
        '  File "an earlier cell", line 2, in halve',
        "    return 1 / x",
        "ZeroDivisionError: division by zero",
    ]


def test_a_library_s_frames_are_named_without_the_machine_s_folders(reader):
    error = failure(reader, "import json\njson.loads('{')")
    assert error["type"] == "JSONDecodeError"
    assert error["line"] == 2
    files = [line.split('"')[1] for line in error["traceback"].splitlines() if line.startswith("  File")]
    assert files == ["cell", "json/__init__.py", "json/decoder.py", "json/decoder.py"]


def test_what_led_to_an_error_is_told_with_it(reader):
    error = failure(
        reader,
        """
        from django.db import connection
        from demo_api.catalog.models import Product
        try:
            Product.objects.get(slug="none")
        except Product.DoesNotExist as missing:
            raise LookupError("no such product") from missing
        """,
    )
    assert error["line"] == 6
    assert "direct cause" in error["traceback"]
    assert "Product matching query does not exist." in error["traceback"]
    assert "demo_api/nexus" not in error["traceback"]


def test_a_database_error_is_django_s_own(reader):
    error = failure(reader, "from demo_api.catalog.models import Product\nProduct.objects.raw('SELECT nope')[0]")
    assert (error["type"], error["message"]) == ("OperationalError", "no such column: nope")


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [("x = 1\nif x\n    pass", 2, 9), ("print('a'", 1, 10), ("x = 1\n  y = 2", 2, None), ("return 1", 1, 5)],
)
def test_wrong_syntax_is_pointed_at(reader, source, line, column):
    error = failure(reader, source)
    assert error["type"] in ("SyntaxError", "IndentationError")
    assert error["line"] == line
    lines = error["traceback"].splitlines()
    assert lines[0] == f'  File "cell", line {line}'
    if column:
        assert lines[2].index("^") == column - 1
    assert lines[-1].endswith(error["message"])


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("import sys; sys.exit('enough')", "SystemExit", "enough"),
        ("import sys; sys.exit(3)", "SystemExit", "3"),
        ("class End(BaseException): ...\nraise End('now')", "End", "now"),
        ("import asyncio\nraise asyncio.CancelledError", "CancelledError", ""),
        ("raise GeneratorExit", "GeneratorExit", ""),
        ("import asyncio\nasync def f(): raise SystemExit(4)\nawait f()", "SystemExit", "4"),
        ("def f(): f()\nf()", "RecursionError", "maximum recursion depth exceeded"),
        (
            "class R:\n    def __repr__(self): return repr(self)\nR()",
            "RecursionError",
            "maximum recursion depth exceeded",
        ),
        ("def f(n): return sorted([n], key=f)\nf(1)", "RecursionError", "maximum recursion depth exceeded"),
        ("class R:\n    def __repr__(self): raise ValueError('no words')\nR()", "ValueError", "no words"),
        ("class R:\n    def __repr__(self): return 1\nR()", "TypeError", "__repr__ returned non-string (type int)"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "E", ""),
        ("raise ExceptionGroup('both', [ValueError(1), KeyError(2)])", "ExceptionGroup", "both (2 sub-exceptions)"),
        ("input('Your name? ')", "EOFError", "A cell cannot ask for input."),
        ("import sys\nfor line in sys.stdin: pass", "EOFError", "A cell cannot ask for input."),
        ("x = '\\ud800'\nraise ValueError(x)", "ValueError", "\\ud800"),
        ("raise ValueError('x' * 10_000_000)", "ValueError", "x"),
        ("import nowhere", "ModuleNotFoundError", "No module named 'nowhere'"),
    ],
)
def test_whatever_is_raised_is_reported_and_the_next_program_runs(reader, source, kind, message):
    error = failure(reader, source)
    assert error["type"] == kind
    assert error["message"].startswith(message)
    assert error["traceback"].splitlines()
    assert len(error["traceback"]) < 30_000
    assert succeed(reader, "1 + 1")["value"] == "2"


@pytest.mark.parametrize("source", ["import sys\nsys.exit()", "exit()", "raise SystemExit(0)"])
def test_a_program_that_says_it_is_done_is_no_error(reader, source):
    result = succeed(reader, f"print('before')\n{source}\nprint('after')")
    assert result["output"] == "before\n"


def test_an_error_keeps_what_was_printed_and_asked_before(reader):
    result = run(
        reader,
        """
        from demo_api.catalog.models import Product
        print(Product.objects.count())
        1 / 0
        """,
    )
    assert result["output"] == "60\n"
    assert result["trace"]["count"] == 1
    assert result["value"] == ""
    assert result["error"]["line"] == 3


def test_what_is_logged_and_warned_of_is_printed(reader):
    result = succeed(reader, "import logging, warnings\nlogging.warning('low stock')\nwarnings.warn('old')")
    assert "low stock" in result["output"]
    assert "cell:3: UserWarning: old" in result["output"]
    run(reader, "handler = logging.StreamHandler()\nlog = logging.getLogger('shop')\nlog.addHandler(handler)")
    assert "again" in succeed(reader, "log.error('again')")["output"]
    succeed(reader, "log.removeHandler(handler)")


def test_a_closed_stream_is_open_in_the_next_program(reader):
    run(reader, "import sys\nsys.stdout.close()\nsys.stdin.close()\nsys.stderr = sys.stdout = None")
    assert succeed(reader, "print('here')")["output"] == "here\n"


# The database -----------------------------------------------------------------------------------------------------


def test_each_query_has_its_text_and_plan(reader):
    result = succeed(
        reader,
        """
        from demo_api.catalog.models import Product
        list(Product.objects.filter(slug="lagoon-speaker").values("name"))
        """,
    )
    (query,) = result["trace"]["queries"]
    assert "'lagoon-speaker'" in query["sql"]
    assert any("USING INDEX" in line for line in query["plan"])
    assert query["milliseconds"] <= result["trace"]["milliseconds"] <= result["milliseconds"]


def test_sql_of_one_s_own_is_traced_however_its_values_are_given(reader):
    result = succeed(
        reader,
        """
        from django.db import connection
        with connection.cursor() as cursor:
            cursor.execute("SELECT 7 % 4, %s WHERE 'a%%' LIKE %s", ["it's", "a%"])
            print(cursor.fetchall())
            cursor.execute("SELECT %(one)s", {"one": 1})
            cursor.execute("CREATE TEMP TABLE cup (size)")
            cursor.executemany("INSERT INTO cup VALUES (%s)", [(1,), (2,), (3,)])
        """,
    )
    assert result["output"] == '[(3, "it\'s")]\n'
    assert [query["sql"] for query in result["trace"]["queries"]] == [
        "SELECT 7 % 4, 'it''s' WHERE 'a%' LIKE 'a%'",
        "SELECT 1",
        "CREATE TEMP TABLE cup (size)",
        "INSERT INTO cup VALUES (%s)",
    ]


def test_what_a_program_writes_a_request_sees_and_the_other_way_round(reader):
    succeed(
        reader,
        """
        from demo_api.catalog.models import Product
        Product.objects.filter(slug="lagoon-speaker").update(name="Written by a cell")
        """,
    )
    assert json.loads(reader.request("GET", "/api/v1/products/lagoon-speaker/")["body"])["name"] == "Written by a cell"
    account = json.dumps({"username": "grace", "password": "a-long-pass-phrase"})
    created = reader.request("POST", "/api/v1/auth/register/", account, Content_Type="application/json")
    assert created["status"] == 201
    found = succeed(
        reader, "from django.contrib.auth.models import User\nUser.objects.filter(username='grace').count()"
    )
    assert found["value"] == "1"


@pytest.mark.parametrize(
    "source",
    [
        "with transaction.atomic():\n    change()\n    raise ValueError",
        "with transaction.atomic():\n    change()\n    raise KeyboardInterrupt",
        "transaction.atomic().__enter__()\nchange()",
        "transaction.set_autocommit(False)\nchange()",
        "connection.cursor().execute('BEGIN')\nchange()",
        """
import asyncio
async def left():
    with transaction.atomic():
        change()
        await asyncio.sleep(9)
task = asyncio.create_task(left())
await asyncio.sleep(0.01)
""",
    ],
    ids=["raises", "interrupted", "unclosed block", "no autocommit", "own BEGIN", "a task inside"],
)
def test_an_open_transaction_ends_undone_with_its_program(reader, source):
    begin = "from django.db import connection, transaction\nfrom demo_api.catalog.models import Product\n"
    run(reader, f"{begin}def change():\n    Product.objects.update(stock=7)\n{source}")
    products = json.loads(reader.request("GET", "/api/v1/products/lagoon-speaker/")["body"])
    assert products["stock"] != 7
    assert succeed(reader, "connection.in_atomic_block, connection.get_autocommit()")["value"] == "(False, True)"
    assert succeed(reader, "Product.objects.update(stock=8)")["trace"]["count"] == 1
    assert json.loads(reader.request("GET", "/api/v1/products/lagoon-speaker/")["body"])["stock"] == 8


@pytest.mark.parametrize(
    "source",
    [
        "connection.close()",
        "connection.ensure_connection()\nconnection.connection.close()",
        "connection.execute_wrappers.clear()",
        "connection.execute_wrappers.append(lambda *_: 1 / 0)",
        "connection.cursor().execute('PRAGMA query_only = 1')",
        "with transaction.atomic():\n    connection.needs_rollback = True\n    connection.close()",
        "rows = iter(connection.cursor().execute('SELECT * FROM catalog_product'))\nnext(rows)",
    ],
)
def test_a_connection_left_broken_is_whole_for_the_next_request_and_program(reader, source):
    run(reader, f"from django.db import connection, transaction\n{source}")
    account = json.dumps({"username": "grace", "password": "a-long-pass-phrase"})
    answer = reader.request("POST", "/api/v1/auth/register/", account, Content_Type="application/json")
    assert answer["status"] == 201
    assert answer["trace"]["count"] > 0
    result = succeed(reader, "from demo_api.catalog.models import Product\nProduct.objects.update(stock=5)")
    assert (result["value"], result["trace"]["count"]) == ("60", 1)


def test_a_program_may_call_the_api_itself(reader):
    result = succeed(
        reader,
        """
        from django.test import Client
        answer = Client().get("/api/v1/products/lagoon-speaker/")
        answer.status_code, answer.json()["slug"]
        """,
    )
    assert result["value"] == "(200, 'lagoon-speaker')"
    assert result["trace"]["count"] == 1
