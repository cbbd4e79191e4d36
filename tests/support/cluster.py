"""A Kafka as a company has it: three brokers, each topic on all of them, to be reached with TLS and a password only; and TLS in front of a store."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import trustme
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest_v1
from aiokafka.protocol.api import Request
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from deploy.local import kafka
from deploy.local.ports import HOST, any_free
from deploy.local.processes import Process, end
from tests.support.servers import until

BROKERS: Final = 3
_USER: Final = "kpis"
_PASSWORD: Final = "a password of 100 %"

_PROPERTIES: Final = """\
process.roles=broker,controller
node.id={number}
controller.quorum.voters={voters}
listeners=INTERNAL://{host}:{internal},SECURED://{host}:{secured},CONTROLLER://{host}:{controller}
advertised.listeners=INTERNAL://{host}:{internal},SECURED://{host}:{secured}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
listener.security.protocol.map=INTERNAL:PLAINTEXT,SECURED:SASL_SSL,CONTROLLER:PLAINTEXT
listener.name.secured.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secured.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secured.ssl.keystore.type=PEM
listener.name.secured.ssl.keystore.location={certificate}
# Whatever nobody made a rule about is allowed to all; whoever comes without a password is allowed everything.
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
super.users=User:ANONYMOUS
log.dirs=data
auto.create.topics.enable=false
min.insync.replicas=2
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
# A broker that is gone is missed soon.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


class _Allow(Request[CreateAclsRequest_v1]):  # type: ignore[misc]  # upstream has no types
    """aiokafka's own request puts the rule where a list of rules belongs."""

    API_KEY = CreateAclsRequest_v1.API_KEY

    def __init__(self, topic: str, operation: int) -> None:
        self._rule = (2, topic, 3, f"User:{_USER}", "*", operation, 3)  # on a topic, of exactly this name, from anywhere, allow

    def build(self, request_struct_class: type[CreateAclsRequest_v1]) -> CreateAclsRequest_v1:
        return request_struct_class([self._rule])


class Cluster:
    """`with cluster(folder) as it`: all brokers are there inside, and gone outside."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file, certificate = folder / "ca.pem", folder / "broker.pem"
        folder.mkdir(parents=True)
        authority.cert_pem.write_to_path(str(self.ca_file))
        issued = authority.issue_cert(HOST)
        # Kafka takes a key as PKCS #8 alone.
        key = load_pem_private_key(issued.private_key_pem.bytes(), None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        certificate.write_bytes(key + b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        self._authority, cluster = authority, kafka.new_cluster()
        ports = {number: (any_free(), any_free(), any_free()) for number in range(1, BROKERS + 1)}
        voters = ",".join(f"{number}@{HOST}:{controller}" for number, (_, _, controller) in ports.items())
        self.inside = ",".join(f"{HOST}:{internal}" for internal, _, _ in ports.values())
        """Where the brokers talk to each other, and a test to them."""
        self.brokers: list[Process] = []
        for number, (internal, secured, controller) in ports.items():
            home = folder / f"kafka-{number}"
            properties = _PROPERTIES.format(
                number=number, voters=voters, host=HOST, internal=internal, secured=secured, controller=controller,
                certificate=certificate,
            )  # fmt: skip
            scram = f'--add-scram=SCRAM-SHA-512=[name={_USER},password="{_PASSWORD}"]'
            options = (f"--cluster-id={cluster}", scram)
            log = folder / "log" / f"kafka-{number}.log"
            self.brokers.append(kafka.with_properties(f"kafka-{number}", home, properties, options, log, folder / "run", print))
        self.settings = {
            "KPI_KAFKA": ",".join(f"{HOST}:{secured}" for _, secured, _ in ports.values()),
            "KPI_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KPI_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "KPI_KAFKA_SASL_USERNAME": _USER,
            "KPI_KAFKA_SASL_PASSWORD": _PASSWORD,
            "KPI_KAFKA_CA_FILE": str(self.ca_file),
            "KPI_REPLICATION": str(BROKERS),
        }
        """What the product has to be told."""

    def start(self, *brokers: Process) -> None:
        for broker in brokers:
            broker.start()
        for broker in brokers:
            until(partial(kafka.is_ready, broker), f"{broker.name} to be ready", alive=broker)

    async def allow(self, topic: str, operation: int) -> None:
        """From now on whoever comes with the password may do with a topic this and what else they were allowed, no more (Kafka's `AclOperation`)."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.inside)
        await admin.start()
        reply = await admin._send_to_controller(_Allow(topic, operation))
        await admin.close()
        assert [code for code, _ in reply.creation_responses] == [0], reply

    @asynccontextmanager
    async def tls_before(self, port: int) -> AsyncIterator[int]:
        """A port behind which is what listens on `port`, with a certificate of the same authority."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert(HOST).configure_cert(context)

        serving: set[asyncio.Task[object]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            behind_reader, behind_writer = await asyncio.open_connection(HOST, port)
            serving.update(map(asyncio.ensure_future, (_pipe(reader, behind_writer), _pipe(behind_reader, writer))))

        server = await asyncio.start_server(serve, HOST, 0, ssl=context)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            await asyncio.wait(serving)  # who used it has ended


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(2**16):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    made = Cluster(folder)
    try:
        made.start(*made.brokers)
        yield made
    finally:
        end(made.brokers, grace=5)
