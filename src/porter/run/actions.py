"""The six steps of a port. A step that ends its port returns the outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from porter.build import (
    Job,
    Prepared,
    clear,
    compile_wheel,
    lay,
    prepare,
    written_with,
)
from porter.crates import UNREACHABLE, wanted
from porter.engine import Output
from porter.errors import ImageError, StepFailed, SurroundingsError
from porter.graph import PortGraph
from porter.model import Artifact, Comparison, Ending, Node, Outcome, Phase, Side, Strategy
from porter.recipes import Recipe, SystemPackages
from porter.repair import graft, keep, repair, retag
from porter.run.artifacts import point
from porter.run.attempt import Attempt
from porter.run.environments import Environments
from porter.run.equipment import Equipment
from porter.run.failures import Memory, explained
from porter.run.key import Inputs
from porter.run.kits import Kit
from porter.run.log import Log
from porter.run.port import OF_ONE_COMPILER, Port, there
from porter.run.proof import Prover
from porter.run.record import Entry, attempt_of, outcome_of
from porter.run.reproduce import differences
from porter.run.services import Options, Services
from porter.run.shared import Shared, Shelf
from porter.run.tasks import folder_name, made_by
from porter.run.watch import Watched
from porter.run.wheels import Wheels
from porter.toolchain.sandbox import SYSROOT
from porter.toolchain.sysroot import library_folder

# The earliest time a zip archive can hold: used where the index tells no upload time.
_ZIP_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)

# Build requirements that are of no use without cargo, which no wheel brings.
_DRIVE_CARGO = frozenset({"maturin", "setuptools-rust"})


class Actions:
    """What is done for a port in each phase; raises `StepFailed` where the package fails."""

    def __init__(
        self,
        graph: PortGraph,
        services: Services,
        options: Options,
        *,
        wheels: Wheels,
        prover: Prover,
    ) -> None:
        self._graph = graph
        self._services = services
        self._options = options
        self._wheels = wheels
        self._prover = prover
        self._shelf = Shelf(graph)
        self._equipment = Equipment(graph, services.kits)
        self._environments = Environments(graph, wheels)
        self._memory = Memory(graph, services, options)
        self._actions = {
            Phase.FETCH: self._fetch,
            Phase.PREPARE: self._prepare,
            Phase.BUILD: self._build,
            Phase.REPAIR: self._repair,
            Phase.VERIFY: self._verify,
            Phase.PUBLISH: self._publish,
        }

    def perform(self, port: Port, phase: Phase) -> Outcome | None:
        """Do one phase of the present rung."""
        return self._actions[phase](port)

    def failed(self, port: Port, failure: StepFailed) -> Outcome:
        """The outcome of a rung that failed (`explain`ed), in the journal too."""
        recalled = port.recalled
        self._shelf.withdraw(port.node.id)
        outcome = Outcome(
            port.node.id,
            Ending.FAILED,
            phase=port.phase,
            reason=failure.reason,
            context=failure.context,
            hint=failure.hint,
            rule=failure.rule,
            remembered=recalled.started if recalled else None,
            strategy=port.rung,
            engine=self._services.engine.name,
            attempts=port.attempts,
            seconds=port.seconds,
            key=port.inputs.key() if port.inputs else None,
            # Where the source is at fault no strategy is missed.
            warnings=(*port.failures, *(() if failure.final else port.left_out)),
            log=recalled.log if recalled else self._log_name(port),
        )
        if recalled is None:
            # Of another port's wheel nothing follows for a build of its own.
            own = port.lender is None
            recall = self._memory.recall(port, failure) if own else None
            # What fails before it could begin has a row as well: `porter status` tells of it.
            (port.entry or self._begin(port, None)).end(outcome, recall=recall)
        return outcome

    def recall(self, port: Port) -> Outcome | None:
        """The outcome of a port that is finished already; None where there is something to do."""
        if port.node.name in self._options.rebuild:
            return None
        try:
            return self._equip(port, SystemPackages())
        except StepFailed:
            return None  # whoever performs the step meets it again, and tells it

    def _equip(self, port: Port, system: SystemPackages) -> Outcome | None:
        """Give it what it is built with; the outcome, where that has made its wheel already."""
        if port.refused:
            raise StepFailed(
                port.refused,
                hint="Take another by --strategy; `porter doctor` says what is missing.",
                final=True,
            )
        port.kit = self._equipment.give(port, system)
        port.inputs = self._inputs(port, port.kit)
        return None if port.node.name in self._options.rebuild else self._reuse(port)

    def explain(self, port: Port, failure: StepFailed) -> StepFailed:
        """The failure with what the log tells of it; a remembered one is told as it was."""
        if port.recalled is not None:
            return failure
        return explained(failure, port.log.recent() if port.log else b"")

    # --- the steps ----------------------------------------------------------------------------

    def _fetch(self, port: Port) -> Outcome | None:
        system = self._system(port.node)
        cached = self._equip(port, system)
        if cached is None and port.kept is None:
            port.sdist = self._services.fetch(port.node, _source(port.node))
            more = _needed(port.sdist, port.rung, system)
            if more != system:
                cached = self._equip(port, more)
        if cached is not None:
            return cached
        if port.kept is None and not self._borrow(port):
            self._refuse_known(port)
        port.attempts += 1
        self._open_log(port)
        self._tell_lender(port)
        port.entry = self._begin(port, there(port.inputs))
        patience = self._options.patience(self._services.recipe(port.node))
        port.engine = Watched(port.entry.engine, patience)
        if port.kept is None:
            port.wheels = self._environments.installed(port)
            port.overlays = self._environments.overlaid(port)
        return None

    def _prepare(self, port: Port) -> None:
        if port.node.obstacle is not None:
            reason, _, context = port.node.obstacle.partition("\n")
            recipe = f"recipes/{port.node.name}.toml"
            hint = f"Change its build-requires in a recipe ({recipe}), and plan again."
            raise StepFailed(reason, context=context, hint=hint, final=True)
        output = _output(port)
        prepared = prepare(self._job(port), engine=there(port.engine), output=output)
        if self._system(port.node).has_rust:
            prepared = self._with_crates(prepared, there(port.kit), output)
        port.prepared = prepared
        port.remarks = prepared.environment.remarks

    def _with_crates(self, prepared: Prepared, kit: Kit, output: Output) -> Prepared:
        """With what its Cargo.lock names: that is known when its recipe's patches are applied.

        Its key need not tell of them: the lock is part of the source or of the recipe.
        """
        crates = wanted(prepared.job.source)
        if not crates:
            return prepared
        output(f"crates to fetch, by its Cargo.lock: {len(crates)}\n".encode())
        home = prepared.job.work / "cargo"
        try:
            supply = self._services.crates(crates, kit)
        except ImageError as error:  # other ports do without the cargo that is asked
            raise StepFailed(
                error.message,
                context=error.context,
                hint=error.hint,
                final=True,
                rule=UNREACHABLE,
            ) from error
        lay(supply, home)
        return replace(prepared, cargo_home=home)

    def _build(self, port: Port) -> None:
        if self._borrow(port):
            self._tell_lender(port)
            return
        port.raw = compile_wheel(
            there(port.prepared), engine=there(port.engine), output=_output(port)
        )
        _check_release(port.raw, port.node)

    def _repair(self, port: Port) -> None:
        job = there(port.prepared).job
        if port.node.side is Side.BUILD and port.rung is Strategy.NATIVE:
            # It runs beside the libraries of its root, but for those that its recipe added.
            recipe = self._services.recipe(port.node)
            added = recipe is not None and recipe.rules.system != SystemPackages()
            raw = there(port.raw)
            if added:
                raw = graft(
                    raw,
                    platform=job.platform,
                    sysroot=there(port.kit).sysroot.path,
                    work=job.work / "repair",
                    timestamp=job.timestamp,
                )
            kept = keep(raw, out=job.work / "repaired", timestamp=job.timestamp)
            port.kept = self._not_misleading(port, kept)
            return
        repaired = repair(
            there(port.raw),
            platform=job.platform,
            sysroot=there(port.kit).sysroot.path,
            libraries=job.toolchain.libraries,
            work=job.work / "repair",
            out=job.work / "repaired",
            source=job.source,
            sdist=job.sdist,
            timestamp=job.timestamp,
        )
        port.kept, port.grafted = self._not_misleading(port, repaired.wheel), repaired.grafted
        port.sizes = (repaired.size_before, repaired.size_after)
        port.remarks += repaired.warnings
        self._offer(port)

    def _verify(self, port: Port) -> None:
        port.verified = self._prover.prove(
            there(port.kept),
            port.node,
            engine=there(port.engine),
            work=self._work(port) / "verify",
            log=there(port.log),
            earlier=port.reused,
        )

    def _publish(self, port: Port) -> Outcome:
        inputs, verified = there(port.inputs), there(port.verified)
        comparison, differing = self._compare(port, inputs.key())
        kept, sha256 = self._services.artifacts.add(inputs.key(), there(port.kept))
        replaced = self._put_out(port, kept, inputs.as_data(), sha256)
        port.kept = kept
        self._offer(port)  # its scratch is removed
        self._point(port, kept)
        made = (*port.remarks, *port.failures)
        outcome = Outcome(
            port.node.id,
            port.ending,
            strategy=port.rung,
            engine=self._services.engine.name,
            attempts=port.attempts,
            seconds=port.seconds,
            key=inputs.key(),
            wheel=kept.name,
            grafted=port.grafted,
            sizes=port.sizes,
            parity=verified.parity,
            sha256=sha256,
            verified=verified.level,
            modules=verified.modules,
            tests=verified.tests,
            verified_on=verified.elsewhere,
            warnings=(*made, *verified.warnings, *differing, *replaced, *self._tidy(port)),
            log=self._log_name(port),
            reproducible=comparison,
        )
        there(port.entry).end(outcome, remarks=made)
        self._wheels.add(port.node, kept, sha256)
        return outcome

    # --- what goes in -------------------------------------------------------------------------

    def _inputs(self, port: Port, kit: Kit) -> Inputs:
        recipe = self._services.recipe(port.node)
        return Inputs(
            source=_source(port.node).sha256,
            interpreter=port.node.interpreter,
            platform=kit.platform,
            strategy=port.rung,
            root=kit.root.digest,
            sysroot=kit.sysroot.digest,
            toolchain=kit.toolchain.digest,
            environment=self._environments.identities(port),
            recipe=recipe.digest if recipe else None,
            timestamp=_timestamp(_source(port.node)),
            target_root=self._prover.place(port.node).digest,
        )

    def _system(self, node: Node) -> SystemPackages:
        """What its recipe names, and Rust where what builds it drives that."""
        recipe = self._services.recipe(node)
        system = recipe.rules.system if recipe else SystemPackages()
        drivers = _DRIVE_CARGO & {tool.name for tool in self._graph.build_environment(node.id)}
        return system.with_rust() if drivers else system

    def _reuse(self, port: Port) -> Outcome | None:
        """Take what the journal and the artifacts say is finished.

        A wheel that is not proved as far as asked goes on to be verified; otherwise it is cached.
        """
        finished = self._finished(port.node, there(port.inputs).key())
        if finished is None:
            return None
        attempt, kept = finished
        port.reused, port.sizes = attempt, attempt.sizes
        port.remarks, port.grafted = attempt.remarks, attempt.grafted
        port.kept = self._not_misleading(port, kept)
        self._offer(port)
        if port.kept == kept and self._prover.suffices(attempt, port.node):
            sha256 = there(attempt.sha256)
            replaced = self._put_out(port, kept, attempt.inputs, sha256)
            self._point(port, kept)
            self._wheels.add(port.node, kept, sha256)
            outcome = outcome_of(attempt, port.node, Ending.CACHED, seconds=port.seconds)
            warnings = tuple(dict.fromkeys((*outcome.warnings, *replaced)))
            return replace(outcome, warnings=warnings)
        port.ending = Ending.CACHED
        port.done |= {Phase.PREPARE, Phase.BUILD, Phase.REPAIR}
        return None

    def _borrow(self, port: Port) -> bool:
        """Take the wheel of another interpreter's port, where there is one that serves."""
        if port.alone:
            return False
        platform, into = there(port.kit).platform, self._work(port) / "shared"
        shared = self._shelf.take(port.node, port.rung, platform, into=into)
        if shared is not None:
            port.take(shared)
        return shared is not None

    def _offer(self, port: Port) -> None:
        """Let other interpreters' ports have its wheel."""
        self._shelf.offer(
            Shared(
                port.node.id,
                there(port.kept),
                port.rung,
                grafted=port.grafted,
                sizes=port.sizes,
                remarks=port.remarks,
            )
        )

    def _tell_lender(self, port: Port) -> None:
        if port.lender is not None:
            there(port.log).write(f"the wheel of {port.lender} serves\n".encode())

    def _compare(self, port: Port, key: str) -> tuple[Comparison | None, tuple[str, ...]]:
        """Hold a wheel that was built again against the one before, if that was asked."""
        if not (self._options.check_reproducible and port.node.name in self._options.rebuild):
            return None, ()
        before = self._finished(port.node, key)
        if before is None:
            return Comparison.FIRST, ("nothing to compare it with: build it once more",)
        lines = differences(before[1], there(port.kept))
        comparison = Comparison.DIFFERENT if lines else Comparison.SAME
        return comparison, tuple(f"not reproducible: {line}" for line in lines)

    def _finished(self, node: Node, key: str) -> tuple[Attempt, Path] | None:
        """The attempt that made the wheel of a key, and the wheel, whole as it was recorded."""
        attempt = self._services.served.get(node.id)
        if attempt is None or attempt.key != key:
            attempt = self._services.journal.success(key)
        if attempt is None or attempt.wheel is None or attempt.sha256 is None:
            return None
        kept = self._services.artifacts.find(key, filename=attempt.wheel, sha256=attempt.sha256)
        return None if kept is None else (attempt, kept)

    def _refuse_known(self, port: Port) -> None:
        """Raise the failure of an earlier run that trying again would surely end in."""
        attempt = self._memory.of(port)
        if attempt is None:
            return
        port.recalled, port.phase = attempt, Phase(str(attempt.phase))
        raise StepFailed(
            str(attempt.reason),
            context=attempt.context,
            hint=attempt.hint,
            final=there(attempt.recall)["final"] is True,
            rule=attempt.rule,
        )

    def _job(self, port: Port) -> Job:
        node, kit, recipe = port.node, there(port.kit), self._services.recipe(port.node)
        return Job(
            name=folder_name(node),
            sdist=there(port.sdist),
            wheels=port.wheels,
            overlays=port.overlays,
            platform=kit.platform,
            interpreter=node.interpreter,
            root=kit.root,
            toolchain=kit.toolchain,
            work=self._work(port),
            timestamp=there(there(port.inputs).timestamp),
            env=_recipe_env(recipe, port.rung, kit) if recipe else {},
            config_settings=recipe.rules.config_settings if recipe else {},
            patches=recipe.patches if recipe else (),
            script=recipe.rules.script if recipe else (),
            limits=self._options.limits(),
        )

    # --- wheels of one name ---------------------------------------------------------------------

    def _not_misleading(self, port: Port, wheel: Path) -> Path:
        """The wheel; or one for its interpreter alone, where those of others need their own."""
        platform = there(port.kit).platform
        if not self._shelf.misleads(wheel, port.node, platform, alone=port.alone):
            return wheel
        return retag(
            wheel,
            port.node.interpreter,
            out=self._work(port) / "retagged",
            timestamp=there(there(port.inputs).timestamp),
        )

    def _put_out(
        self, port: Port, wheel: Path, facts: Mapping[str, object], sha256: str
    ) -> Iterable[str]:
        """Publish its wheel; say so, where it replaces another one that was made for another."""
        wheelhouse, own = self._services.wheelhouse, port.node.interpreter.tag
        before = wheelhouse.provenance(wheel.name) or {}
        maker = before.get("interpreter", own)
        wheelhouse.publish(wheel, facts, sha256=sha256)
        # A wheel that was taken of another port is the same for both.
        if before.get("sha256") == sha256 or maker == own or port.lender is not None:
            return ()
        return (f"takes the place of a {wheel.name} made for {maker}, which differs",)

    # --- folders and files --------------------------------------------------------------------

    def _point(self, port: Port, kept: Path) -> None:
        point(made_by(self._services.workspace, self._graph, port.node), kept)

    def _work(self, port: Port) -> Path:
        return self._services.workspace.work / folder_name(port.node)

    def _open_log(self, port: Port) -> None:
        if port.log is not None:
            port.log.close()
        folder = self._services.workspace.logs / folder_name(port.node)
        port.log = Log.next_in(folder, echo=self._services.echo(port.node))
        port.log.heading(f"{port.phase} ({port.rung})")

    def _log_name(self, port: Port) -> str | None:
        if port.log is None:
            return None
        return str(port.log.path.relative_to(self._services.workspace.root))

    def _tidy(self, port: Port) -> tuple[str, ...]:
        """Remove the scratch of a finished port (a failed one's stays, to be looked at)."""
        try:
            clear(self._work(port))
        except SurroundingsError as error:
            return (error.message,)
        return ()

    def _begin(self, port: Port, inputs: Inputs | None) -> Entry:
        attempt = attempt_of(
            port.node,
            inputs,
            platform=self._prover.platform(port.node),
            strategy=port.rung,
            engine=self._services.engine.name,
            versions=self._services.versions,
            log=self._log_name(port),
        )
        journal, engine = self._services.journal, self._services.engine
        entry = Entry(journal, attempt, engine, before=port.seconds)
        entry.enter(Phase.FETCH)
        return entry


def _check_release(wheel: Path, node: Node) -> None:
    """A recipe's or a user's source may be another project's: nobody would find its wheel."""
    try:
        name, version, *_ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as error:
        raise StepFailed(f"its source makes {wheel.name}, which is no wheel: {error}") from error
    if (name, version) != (node.name, node.version):
        raise StepFailed(
            f"its source makes a wheel of {name} {version}, not of {node.name} {node.version}",
            hint="Mend name or version with a patch or a script of its recipe.",
            final=True,
        )


def _needed(sdist: Path, strategy: Strategy, system: SystemPackages) -> SystemPackages:
    """These system packages, and those for what the source is written in."""
    written = written_with(sdist)
    if written.fortran:
        system = system.with_fortran()
    # A root's gcc has an OpenMP of its own.
    if strategy in OF_ONE_COMPILER and written.openmp:
        system = system.with_openmp()
    return system


def _output(port: Port) -> Output:
    return there(port.log).write


def _recipe_env(recipe: Recipe, strategy: Strategy, kit: Kit) -> dict[str, str]:
    """A recipe's variables; the sysroot is a folder for cross, and the root itself otherwise."""
    sysroot = SYSROOT if strategy is Strategy.CROSS else ""
    libdir = library_folder(kit.sysroot.path, kit.platform)
    return recipe.environment(triple=kit.platform.arch.triple, sysroot=sysroot, libdir=libdir)


def _timestamp(source: Artifact) -> int:
    return int(max(source.upload_time or _ZIP_EPOCH, _ZIP_EPOCH).timestamp())


def _source(node: Node) -> Artifact:
    if node.source is None:
        raise StepFailed(f"the plan names no source for {node.id}", hint="Make the plan anew.")
    return node.source
