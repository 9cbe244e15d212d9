"""The Spark session of a build: made here, before dbt's session method picks it up.

What the results depend on is set explicitly (UTC, ANSI mode, proleptic dates); what the size of the shop asks
for is left to ``warehouse.spark.config``, which goes last and may set anything.
"""

from __future__ import annotations

import os
import re
import shlex
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mallard.errors import BuildError
from mallard.settings import Settings
from mallard.warehouse import spark_places

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_JDO = "spark.hadoop.javax.jdo.option."
_SECRET = re.compile(r"(?i)password|secret|token|access\.key")

_CLASS_PATH = "'spark.driver.extraClassPath' of warehouse.spark.config"

_MENDS = {
    r"No suitable driver|(ClassNotFoundException: |Class \")org\.(mariadb|postgresql)": (
        f"Name the jar of the metastore's JDBC driver in {_CLASS_PATH}; for MySQL and MariaDB it is that of"
        " org.mariadb.jdbc:mariadb-java-client:2.7.13, for PostgreSQL org.postgresql:postgresql:42.7.14."
    ),
    r"Access denied|authentication failed|role .* does not exist": (
        "Correct warehouse.spark.metastore_user or metastore_password."
    ),
    r"Unknown database|database .* does not exist": "Create it; Mallard makes the tables in it.",
    r"Column length too big": (
        "Hive's columns need one byte a character: alter database … character set latin1 collate latin1_bin."
    ),
    r"Another instance of Derby": (
        "Embedded Derby serves one process at a time: let it end, or set warehouse.spark.metastore."
    ),
    r"S3AFileSystem not found": f"Name the jars of hadoop-aws and its AWS clients in {_CLASS_PATH}.",
    r"Unable to create database path|Permission denied|AccessControl|ParentNotDirectory|NoSuchBucket": (
        "Make that place one where you may write, or correct warehouse.spark.warehouse."
    ),
    r"Java ended at once": "'mallard doctor' says which Java is found, and what else is missing.",
}
"""What a session that does not start says → what mends it."""


def spark_session(settings: Settings) -> SparkSession:
    """A new session with Hive support on the metastore that mallard.toml names; to be stopped."""
    spark_places.look(settings)
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    _quieten()
    config = configuration(settings)
    local = config["spark.master"].startswith("local")
    if local:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    shown = SparkConf(loadDefaults=False)
    # The JVM's command line can be read by everyone on the machine: secrets are given to it afterwards.
    shown.setAll([(key, value) for key, value in config.items() if not _SECRET.search(key)])
    try:
        with _as_its_own_process(_words_path(settings)):
            SparkContext._ensure_initialized(conf=shown)
        if config.get(f"{_JDO}ConnectionURL"):
            _create_metastore(SparkContext._jvm, config)
        builder = SparkSession.builder
        for key, value in config.items():
            builder = builder.config(key, value)
        session: SparkSession = builder.getOrCreate()
        session.sql(f"create database if not exists {settings.warehouse.spark.database}")
        session.catalog.setCurrentDatabase(settings.warehouse.spark.database)
    except Exception as failed:
        raise _unstarted(settings, failed) from failed
    return session


def _quieten() -> None:
    """Keep pyspark from writing each error to the terminal, as JSON with Java's whole stack."""
    from pyspark.logger import PySparkLogger

    for kind in ("SQL", "DataFrame"):
        PySparkLogger.getLogger(f"{kind}QueryContextLogger").disabled = True


@contextmanager
def given_up_after(settings: Settings, seconds: float) -> Iterator[None]:
    """Kill the JVM where Spark has not done in time what is asked of it: it waits for a cluster for ever."""
    from pyspark import SparkContext

    late = threading.Event()

    def give_up() -> None:
        late.set()
        if SparkContext._gateway is not None:
            SparkContext._gateway.proc.kill()

    timer = threading.Timer(seconds, give_up)
    timer.start()
    try:
        yield
    except Exception as failed:
        if late.is_set():
            raise BuildError(
                f"Spark on {settings.warehouse.spark.master} did not run a job within {seconds:.0f} seconds.",
                f"See {log_path(settings)}: it may have no worker with free cores and memory for"
                " spark.executor.memory, or something it needs does not answer.",
            ) from failed
        raise
    finally:
        timer.cancel()


@contextmanager
def _as_its_own_process(words: Path) -> Iterator[None]:
    """Start the JVM as its own process group instead of by pyspark's preexec_fn; what it says goes to a file.

    With a preexec_fn Python runs every library's after-fork hooks in the child. Those of fsspec let go of
    HDFS clients, which wait for threads that the child does not have: it hangs for ever. The preexec_fn is
    there to keep Ctrl-C from the JVM; a group of its own does that as well.
    """
    from pyspark import java_gateway

    gateway: Any = java_gateway
    popen = gateway.Popen

    def start(command: list[str], env: dict[str, str], preexec_fn: object = None, **given: Any) -> Any:
        words.parent.mkdir(parents=True, exist_ok=True)
        with words.open("wb") as file:
            return popen(
                command, process_group=0, stdout=file, stderr=file, env=_speaking_utf8(env), **given
            )  # fmt: skip

    gateway.Popen = start
    try:
        yield
    finally:
        gateway.Popen = popen


def _speaking_utf8(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with a locale in which Java can read and write any path."""
    names = ("LC_ALL", "LC_CTYPE", "LANG")  # the first that is set holds
    set_to = next((environment[name] for name in names if environment.get(name)), "")
    utf8 = re.search("utf-?8", set_to, re.I)
    return {**environment, **({} if utf8 else {"LC_ALL": "C.UTF-8"})}


def _unstarted(settings: Settings, failed: Exception) -> BuildError:
    reason = root_cause(failed)
    if "JAVA_GATEWAY_EXITED" in reason:
        reason = f"Java ended at once: {_last_words(settings)}"
    fix = f"See {log_path(settings)}; 'mallard doctor' looks at every part."
    fix = next((mend for sign, mend in _MENDS.items() if re.search(sign, reason)), fix)
    return BuildError(f"Spark did not start on {settings.warehouse.spark.master}: {reason}.", fix)


def root_cause(failed: Exception) -> str:
    """The line of a Java error that says most: that of its first cause."""
    java: Any = getattr(failed, "_origin", None) or getattr(failed, "java_exception", None)
    said = str(failed)
    while java is not None:
        said, java = str(java.toString()), java.getCause()
    lines = [line.strip() for line in said.splitlines() if line.strip()] or [type(failed).__name__]
    told = " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
    return re.sub(r"^[\w.$]+: (?=\[[A-Z])", "", told).rstrip(
        "."
    )  # [NAMES_OF_ITS_OWN] need no class before them


def _words_path(settings: Settings) -> Path:
    return settings.path("data/spark.out")


_WORDLESS = ("WARNING", "Error occurred during initialization")


def _last_words(settings: Settings) -> str:
    """The first line that tells why Java did not start; the others follow from it."""
    lines = _words_path(settings).read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line.strip() for line in lines if line.strip() and not line.startswith(_WORDLESS)]
    return told[0].rstrip(".") if told else "it said nothing"


def log_path(settings: Settings) -> Path:
    """Where the driver's log goes."""
    return settings.path("data/spark.log")


def tables_url(settings: Settings) -> str:
    """Where the tables lie: a URL that Spark and Hadoop understand."""
    return f"{hadoop_url(settings, settings.warehouse.spark.warehouse)}/{settings.warehouse.spark.database}"


def hadoop_url(settings: Settings, url: str) -> str:
    """A path or URL of mallard.toml in Hadoop's spelling: file:// for folders, s3a:// for s3://."""
    if "://" not in url:
        return f"file://{settings.path(url)}"  # Hadoop takes every sign of a path as it stands
    return re.sub(r"^s3://", "s3a://", url).rstrip("/")


def quoted(text: str) -> str:
    """A text as it stands between the quotes of Spark's SQL."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def configuration(settings: Settings) -> dict[str, str]:
    """Every setting of the session, secrets included."""
    spark = settings.warehouse.spark
    config = {
        "spark.master": spark.master,
        "spark.app.name": f"mallard {settings.shop.name}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": _java_options(settings),
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": hadoop_url(settings, spark.warehouse),
        "spark.mallard.tables": quoted(tables_url(settings)),
        # Results depend on these: the same figures everywhere.
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
        "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.parquet.compression.codec": "zstd",
        # Models name the days they read; pruning by the rows of joined tables only adds work, and fails in
        # sessions without code generation ("dynamicpruning has not finished").
        "spark.sql.optimizer.dynamicPartitionPruning.enabled": "false",
        # Nobody reads the sizes that Spark and the metastore would list every new partition's files for.
        "spark.sql.hive.gatherFastStats": "false",
        "spark.hadoop.hive.stats.autogather": "false",
        **_metastore(settings),
        **_lake_options(settings),
    }
    if spark.master.startswith("local"):
        cores = _local_cores(spark.master)
        config |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": str(2 * cores),
            "spark.default.parallelism": str(2 * cores),
        }
    own = {
        # 'file:PATH' names a secret's file, 'file:///folder' is a URL for Spark
        key: value if "://" in value else settings.secret(value, f"warehouse.spark.config.{key}")
        for key, value in spark.config.items()
    }
    if options := own.pop("spark.driver.extraJavaOptions", ""):
        config["spark.driver.extraJavaOptions"] += f" {options}"
    return config | own


def _local_cores(master: str) -> int:
    found = re.match(r"local(?:-cluster)?\[(\d+)(?:,\s*(\d+))?", master)
    if not found:
        return os.cpu_count() or 1 if "*" in master else 1
    return int(found.group(1)) * int(found.group(2) or 1)


def _java_options(settings: Settings) -> str:
    log4j = Path(__file__).parent / "log4j2.properties"
    options = {
        "log4j2.configurationFile": log4j.as_uri(),
        "mallard.log": log_path(settings),
        "derby.stream.error.file": settings.path("data/derby.log"),
    }
    return " ".join(shlex.quote(f"-D{name}={value}") for name, value in options.items())


def _metastore(settings: Settings) -> dict[str, str]:
    """Derby in the project's folder (one process at a time), a thrift service, or a database by JDBC."""
    spark = settings.warehouse.spark
    if spark.metastore.startswith("thrift://"):
        return {"spark.hadoop.hive.metastore.uris": spark.metastore}
    url = spark.metastore or f"jdbc:derby:;databaseName={settings.path('data/metastore')};create=true"
    vendor = url.split(":")[1]
    if vendor in ("mysql", "mariadb"):
        # Hive tells databases apart by name and does not know MariaDB's; in every other way they are alike.
        url = re.sub("^jdbc:mariadb:", "jdbc:mysql:", url)
        url += ("&" if "?" in url else "?") + "useMysqlMetadata=true"
    config = {
        f"{_JDO}ConnectionURL": url,
        spark_places.DRIVER_KEY: spark_places.DRIVERS.get(vendor, ""),
        "spark.hadoop.hive.metastore.uris": "",  # not the service that a hive-site.xml of the machine names
        "spark.hadoop.hive.metastore.schema.verification": "false",
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
    }
    if spark.metastore_user:
        config[f"{_JDO}ConnectionUserName"] = spark.metastore_user
    if spark.metastore_password:
        config[f"{_JDO}ConnectionPassword"] = settings.secret(
            spark.metastore_password, "warehouse.spark.metastore_password"
        )
    return config


def _lake_options(settings: Settings) -> dict[str, str]:
    """The lake's own options, for Hadoop's client of the same storage."""
    names = {
        "endpoint": "fs.s3a.endpoint",
        "region": "fs.s3a.endpoint.region",
        "key": "fs.s3a.access.key",
        "secret": "fs.s3a.secret.key",
        "token": "fs.s3a.session.token",
    }
    scheme = settings.lake_url.partition("://")[0]
    # Stores other than AWS are seldom reached by a host name for each bucket.
    style = {"spark.hadoop.fs.s3a.path.style.access": "true"} if scheme == "s3" else {}
    given = {
        f"spark.hadoop.{names.get(key, key) if scheme == 's3' else key}": settings.secret(
            value, f"lake.options.{key}"
        )
        for key, value in settings.lake.options.items()
        if "://" in settings.lake_url
    }
    return style | given if "endpoint" in settings.lake.options else given


def _create_metastore(jvm: Any, config: Mapping[str, str]) -> None:
    """Make the metastore's tables where there are none yet.

    Hive would make each on first use, beside transactions that still read others; MySQL and MariaDB wait for
    ever on that, so all are made beforehand, over one connection.
    """
    properties = jvm.java.util.Properties()
    for key, value in {
        "javax.jdo.PersistenceManagerFactoryClass": "org.datanucleus.api.jdo.JDOPersistenceManagerFactory",
        "datanucleus.connectionPoolingType": "NONE",
        "datanucleus.schema.autoCreateAll": "true",
        "datanucleus.identifierFactory": "datanucleus1",
        "datanucleus.rdbms.useLegacyNativeValueStrategy": "true",
        "datanucleus.plugin.pluginRegistryBundleCheck": "LOG",
        **{key.removeprefix("spark.hadoop."): value for key, value in config.items() if key.startswith(_JDO)},
    }.items():
        properties.setProperty(key, value)
    names = jvm.java.util.HashSet()
    for name in _metastore_classes():
        names.add(f"org.apache.hadoop.hive.metastore.model.{name}")
    factory = jvm.javax.jdo.JDOHelper.getPersistenceManagerFactory(properties)
    try:
        factory.getNucleusContext().getStoreManager().createSchemaForClasses(names, properties)
    finally:
        factory.close()


def _metastore_classes() -> list[str]:
    (jar,) = (spark_places.home() / "jars").glob("hive-metastore-*.jar")
    with zipfile.ZipFile(jar) as archive:
        return re.findall(r'<class name="(\w+)"', archive.read("package.jdo").decode())
