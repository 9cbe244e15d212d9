"""A real S3 API server for the tests: moto's, on loopback, on a free port, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

OPTIONS = {"key": "test", "secret": "canary-secret", "region": "us-east-1"}


@dataclass(frozen=True)
class S3:
    """A running server; ``options`` are the ``lake.options`` to reach it."""

    endpoint: str

    @property
    def options(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, **OPTIONS}

    def bucket(self, name: str) -> str:
        """A new bucket; its URL."""
        import boto3

        client = boto3.client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=OPTIONS["key"],
            aws_secret_access_key=OPTIONS["secret"], region_name=OPTIONS["region"],
        )  # fmt: skip
        client.create_bucket(Bucket=name)
        return f"s3://{name}"


@contextmanager
def server() -> Iterator[S3]:
    from moto.server import ThreadedMotoServer

    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    try:
        host, port = running.get_host_and_port()
        yield S3(f"http://{host}:{port}")
    finally:
        running.stop()
