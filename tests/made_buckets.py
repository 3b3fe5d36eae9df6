"""A bucket on this machine: moto answers as S3 does."""

from collections.abc import Iterator

import pytest

from wildwear.gathering.buckets import opened

BUCKET = "wardrobe"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty bucket, s3://wardrobe: this process and those that it starts find it there."""
    pytest.importorskip("obstore", reason="the extra s3 is not installed")
    server = pytest.importorskip("moto.server", reason="needs moto[server], of the extra test")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    for name, value in {
        "ENDPOINT_URL": f"http://{host}:{port}",
        "ALLOW_HTTP": "true",
        "ACCESS_KEY_ID": "nobody",
        "SECRET_ACCESS_KEY": "nothing",
        "REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    import boto3

    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    opened.cache_clear()
    yield f"s3://{BUCKET}"
    opened.cache_clear()
    for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):  # the next test has the same memory
        client.delete_object(Bucket=BUCKET, Key=one["Key"])
    client.delete_bucket(Bucket=BUCKET)
    running.stop()
