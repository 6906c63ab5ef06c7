"""Python functions for the C functions of a facade, made when they are first asked for.

A facade's table names every function, its C parameters, and the role of each in Python: handed
over, or a result (csrc/facade/*/api says what the roles are). From that this module writes the
text of a small function and compiles it: such a function converts, makes one C call, looks at
the code, and converts back.
"""

from __future__ import annotations

from . import _ffi
from .handle import Handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .job import Job

_TEXT_BYTES = 256  # first guess for the size of a text


class _Missing:
    def __repr__(self) -> str:
        return "..."


_MISSING = _Missing()


class Function:
    """One line of the table."""

    def __init__(self, line: str, returns: dict[str, str]) -> None:
        self.name, self.kind, implementation, params, roles, self.summary = line.split("\t")
        self.returns = returns.get(self.kind, self.kind)
        self.params = [one.strip().rpartition(" ")[::2] for one in params.split(",") if params]
        self.roles = roles.split()
        self.is_served = implementation not in ("stub", "none")

    @property
    def prototype(self) -> str:
        params = ", ".join(f"{kind} {name}".strip() for kind, name in self.params)
        return f"{self.returns} {self.name}({params or 'void'})"


class _Functions:
    """The functions of a binding as attributes; each is made when it is first needed."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def __getattr__(self, name: str) -> Any:
        function = self._binding.find(name)
        if function is None:
            raise AttributeError(name)
        made = self.__dict__[name] = self._binding.make(function)
        return made


class Binding:
    """The functions and constants of one facade.

    The subclass says what handles, jobs and failures are.
    """

    module: str  # where the functions live, for their users
    returns: dict[str, str]  # C type of what functions of a kind return; else the kind is the type
    handle: type[Handle]
    job: type[Job]
    overrun: str  # name of the code for "the buffer is too small"
    free_buffer: str  # function that frees a string of the library
    constants: Any
    _functions: str

    def __init__(self, facade: str) -> None:
        self.facade = facade
        self.codes: dict[str, Any] = {}
        self.spare: dict[Any, list[Any]] = {}  # by C type: room for results, for the next call
        self.call = _Functions(self)
        extension = _ffi.facade(facade)
        self.lib = extension.lib
        self.ffi = extension.ffi
        self._enums: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        # Importing a facade loads no table: that is left to whoever first needs something of it.
        value = self.from_table(name)
        setattr(self, name, value)
        return value

    # ---- for the subclass ----

    def from_table(self, name: str) -> Any:
        """An attribute that is made of a table."""
        if name == "constants":
            return _ffi.table(self.facade, "constants")
        if name == "_functions":
            return _ffi.table(self.facade, "functions").TEXT
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def failed(self, name: str, code: int) -> Exception:
        """The exception for a code that a function has just returned."""
        raise NotImplementedError

    def out_of_memory(self, name: str) -> Exception:
        raise NotImplementedError

    def start_told(self, start: Any, arguments: tuple[Any, ...], callback: Any, data: Any) -> Any:
        """Call a C function that takes a callback as well; its Python arguments come last."""
        raise NotImplementedError

    # ---- names ----

    def names(self) -> list[str]:
        functions = [line.partition("\t")[0] for line in self._functions.split("\n") if line]
        return [*functions, *self.constants.GROUP_OF, *self.constants.GROUPS, "lib", "ffi"]

    def find(self, name: str) -> Function | None:
        start = self._functions.find(f"\n{name}\t") + 1
        if not start:
            return None
        return Function(self._functions[start : self._functions.index("\n", start)], self.returns)

    def functions(self) -> list[Function]:
        return [Function(line, self.returns) for line in self._functions.split("\n") if line]

    def attribute(self, name: str) -> Any:
        """Whatever has this name: raw access, a function, an enum, a constant."""
        if name in ("lib", "ffi"):
            return getattr(self, name)
        function = self.find(name)
        if function is not None:
            return getattr(self.call, name)
        try:
            return self.enum(name)
        except KeyError:
            pass
        try:
            group, value = self.constants.find(name)
        except KeyError:
            raise AttributeError(f"module {self.module!r} has no attribute {name!r}") from None
        try:
            return self.enum(group)[name]
        except KeyError:
            return value

    def enum(self, group: str) -> Any:
        """The enum class of a group; KeyError if there is none, or if it is a group of macros."""
        made = self._enums.get(group)
        if made is None:
            members = self.members(group)
            if not self.is_enum(group):
                raise KeyError(group)
            from ._enums import make

            made = self._enums[group] = make(group, members, self.module)
        return made

    def code(self, name: str) -> Any:
        """The value of a constant. Finding one in the table takes long, so it is kept."""
        try:
            return self.codes[name]
        except KeyError:
            value = self.codes[name] = self.constants.find(name)[1]
            return value

    def members(self, group: str) -> Any:
        """The constants of a group by name; KeyError if there is no such group."""
        return self.constants.group(group)

    def is_enum(self, group: str) -> bool:
        """Enum groups have the name of their C type; groups of macros have a name of ours."""
        try:
            self.ffi.typeof(group)
        except self.ffi.error:
            return False
        return True

    # ---- conversions that the made functions use ----

    def handle_in(self, value: object) -> Any:
        """A C handle for what has no argument for C yet: a number, None, a raw one."""
        if value is None:
            return self.ffi.NULL
        if isinstance(value, int):
            if not 0 <= value <= _ffi.FOREVER:
                raise ValueError(f"{value} is out of range for a handle")
            return self.ffi.cast("void *", value)
        if isinstance(value, self.ffi.CData):
            return value
        raise TypeError(f"expected a handle, an int or None, not {type(value).__name__}")

    def text_in(self, value: Any) -> Any:
        if value.__class__ is str:
            data = value.encode("utf-8", "surrogateescape")
            if b"\0" not in data:
                return data
        return self.ffi.NULL if value is None or value == 0 else _ffi.c_text(value)

    def pointer_in(self, value: Any) -> Any:
        """None, raw pointers, and the memory of bytes-like objects."""
        if value is None or value == 0:
            return self.ffi.NULL
        if isinstance(value, self.ffi.CData):
            return value
        return self.ffi.from_buffer(value)

    def name_out(self, chars: Any) -> str:
        return _ffi.text(chars) if chars else ""

    def heap_out(self, pointer: Any) -> str:
        """A string that the library allocated: copied, then freed."""
        if not pointer:
            return ""
        try:
            return _ffi.text(self.ffi.cast("char *", pointer))
        finally:
            getattr(self.lib, self.free_buffer)(pointer)

    def job_out(self, c: Any, name: str) -> Job:
        if not c:
            raise self.out_of_memory(name)
        return self.job._of(c)

    def bad_arguments(self, error: Exception, name: str) -> Exception:
        """The same error with the C prototype."""
        function = self.find(name)
        assert function is not None
        return type(error)(f"{error}; the C function is {function.prototype}")

    def too_few(self, name: str) -> Exception:
        return self.bad_arguments(TypeError(f"{name}: not enough arguments"), name)

    # ---- making a function ----

    def make(self, function: Function) -> Callable[..., Any]:
        text, names = _Writer(self, function).write()
        code = compile(text, f"<{self.module}.{function.name}>", "exec")
        exec(code, names)
        return self.dress(names[function.name], function)

    def dress(self, made: Any, function: Function) -> Callable[..., Any]:
        made.__module__ = self.module
        made.__name__ = made.__qualname__ = function.name
        made.__doc__ = f"{function.prototype}\n\n{function.summary}".rstrip()
        dressed: Callable[..., Any] = made
        return dressed


class _Writer:
    """Writes the text of one function, and collects the names that it uses."""

    def __init__(self, binding: Binding, function: Function) -> None:
        self.binding = binding
        self.function = function
        self.c_function = getattr(binding.lib, function.name)
        self.names: dict[str, Any] = {
            "_missing": _MISSING,
            "_too_few": binding.too_few,
            "_bad": binding.bad_arguments,
            "_failed": binding.failed,
            "_fn": self.c_function,
            "_new": binding.ffi.new,
        }
        self.params: list[str] = []
        self.told: list[str] = []  # callback and data: may be left out
        self.before: list[str] = []
        self.sized: list[int] = []
        self.arguments: list[str] = []
        self.after: list[str] = []  # once the call has succeeded
        self.results: list[str] = []

    def write(self) -> tuple[str, dict[str, Any]]:
        function = self.function
        for number, role in enumerate(function.roles):
            getattr(self, "_" + role)(number)
        call = f"_fn({', '.join(self.arguments)})"
        calling = self._in_a_loop(call) if self.sized else [f"_r = {call}"]
        if self.told:
            calling = self._telling()
        params = [p + "=_missing" for p in self.params] + [p + "=None" for p in self.told]
        lines = [f"def {function.name}({', '.join(params)}):"]
        if self.params:
            lines.append(f" if {self.params[-1]} is _missing: raise _too_few({function.name!r})")
        lines += [" try:"]
        lines += ["  " + line for line in [*self.before, *calling]]
        lines += [" except (TypeError, OverflowError, ValueError) as _e:"]
        lines += [f"  raise _bad(_e, {function.name!r}) from None"]
        if function.kind == "async":
            self.names["_job"] = self.binding.job_out
            lines.append(f" return _job(_r, {function.name!r})")
        else:
            lines.append(f" if _r: raise _failed({function.name!r}, _r)")
            lines += [" " + line for line in self.after]
            lines.append(f" return {', '.join(self.results) or None}")
        return "\n".join(lines), self.names

    def _in_a_loop(self, call: str) -> list[str]:
        """Buffers of unknown size: a guess, then what the function asks for, until it fits."""
        self.names["_overrun"] = self.binding.code(self.binding.overrun)
        largest = f"max({', '.join(f'_s{n}[0]' for n in self.sized)}, _size + 1)"
        lines = [f"_size = {_TEXT_BYTES}", "while True:"]
        for n in self.sized:
            lines += [f" _b{n} = _new('char[]', _size)", f" _s{n} = _new(_t{n}, _size)"]
        return [*lines, f" _r = {call}", " if _r != _overrun: break", f" _size = {largest}"]

    def _telling(self) -> list[str]:
        self.names["_null"] = self.binding.ffi.NULL
        self.names["_told"] = self.binding.start_told
        arguments = "".join(one + ", " for one in self.arguments)
        return [
            f"if {self.told[0]} is None: _r = _fn({arguments}_null, _null)",
            f"else: _r = _told(_fn, ({arguments}), {', '.join(self.told)})",
        ]

    def _param(self, number: int) -> str:
        name = self.function.params[number][1]
        self.params.append(name)
        return name

    def _type(self, number: int) -> str:
        """The C type of a parameter, under a name."""
        self.names[f"_t{number}"] = self.binding.ffi.typeof(self.c_function).args[number]
        return f"_t{number}"

    # ---- what is handed over ----

    def _handle(self, number: int) -> None:
        name = self._param(number)
        self.names["_handle"] = self.binding.handle_in
        self.before += [
            f"try: _h{number} = {name}._arg",
            f"except AttributeError: _h{number} = _handle({name})",
            f"if _h{number} is None: _h{number} = {name}._c",
        ]
        self.arguments.append(f"_h{number}")

    def _text(self, number: int) -> None:
        self.names["_text"] = self.binding.text_in
        self.arguments.append(f"_text({self._param(number)})")

    def _number(self, number: int) -> None:
        self.arguments.append(self._param(number))

    _bool = _real = _number

    def _pointer(self, number: int) -> None:
        self.names["_pointer"] = self.binding.pointer_in
        self.arguments.append(f"_pointer({self._param(number)})")

    def _callback(self, number: int) -> None:
        self.told.append(self.function.params[number][1])

    _data = _callback

    # ---- results ----

    def _out(self, number: int) -> str:
        """Room for a result that stays with the result."""
        self.before.append(f"_o{number} = _new({self._type(number)})")
        self.arguments.append(f"_o{number}")
        return f"_o{number}"

    def _read(self, number: int) -> str:
        """A result that is read at once; its room is used again: new room costs more than a call.

        Who has taken room has it alone. It is cleared before it is given back, for functions that
        write nothing; when a call fails it is dropped.
        """
        kind, room, value = self._type(number), f"_o{number}", f"_v{number}"
        c_type = self.names[kind]
        assert c_type.item.kind in ("primitive", "enum", "pointer"), "what is read must be a copy"
        spare = self.binding.spare.setdefault(c_type, [])
        self.names[f"_take{number}"], self.names[f"_put{number}"] = spare.pop, spare.append
        self.names["_null"] = self.binding.ffi.NULL
        nothing = "_null" if c_type.item.kind == "pointer" else "0"
        self.before += [f"try: {room} = _take{number}()"]
        self.before += [f"except IndexError: {room} = _new({kind})"]
        self.arguments.append(room)
        self.after += [f"{value} = {room}[0]", f"{room}[0] = {nothing}", f"_put{number}({room})"]
        return value

    def _out_number(self, number: int) -> None:
        self.results.append(self._read(number))

    _out_real = _out_pointer = _out_number

    def _out_bool(self, number: int) -> None:
        self.results.append(f"{self._read(number)} != 0")

    def _out_struct(self, number: int) -> None:
        self.results.append(self._out(number))

    def _out_enum(self, number: int) -> None:
        group = self.function.params[number][0].removesuffix("_PTR").removesuffix(" *")
        self.names[f"_e{number}"] = self.binding.enum(group)._value2member_map_.get
        value = self._read(number)
        self.results.append(f"_e{number}({value}, {value})")

    def _out_handle(self, number: int) -> None:
        self.names["_wrap"] = self.binding.handle._of
        value = self._read(number)
        self.results.append(f"_wrap({value}) if {value} else None")

    def _out_name(self, number: int) -> None:
        self.names["_name"] = self.binding.name_out
        self.results.append(f"_name({self._read(number)})")

    def _out_heap(self, number: int) -> None:
        self.names["_heap"] = self.binding.heap_out
        self.results.append(f"_heap({self._read(number)})")

    def _sized(self, number: int) -> None:
        self._type(number + 1)
        self.sized.append(number + 1)
        self.arguments += [f"_b{number + 1}", f"_s{number + 1}"]

    def _out_text(self, number: int) -> None:
        self._sized(number)
        self.names["_string"] = self.binding.ffi.string
        self.results.append(f"_string(_b{number + 1}).decode('utf-8', 'surrogateescape')")

    def _out_bytes(self, number: int) -> None:
        self._sized(number)
        self.names["_buffer"] = self.binding.ffi.buffer
        self.results.append(f"_buffer(_b{number + 1}, _s{number + 1}[0])[:]")

    def _size(self, number: int) -> None:
        """Second of a pair; dealt with by the first."""
