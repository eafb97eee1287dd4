"""What names mean: the tables by which a dotted path becomes a word of the model.

A table says nothing of what is right or wrong; that is for the rules.
"""

from __future__ import annotations

from wbcheck.model.values import Kind, Why
from wbcheck.sdk import newest

# How positional arguments bind to parameters: in the newest release of wandb, and in what is beside it.
SIGNATURES: dict[str, tuple[str, ...]] = {
    name: tuple(parameters.split())
    for name, parameters in {
        **newest.PARAMETERS,
        # Written with `*args` in the SDK.
        "Config.get": "key default",
        "WandbLogger": (
            "name save_dir version offline dir id anonymous project log_model experiment prefix "
            "checkpoint_name "
            "add_file_policy"
        ),
        "Accelerator.init_trackers": "project_name config init_kwargs",
    }.items()
}

# Where the SDK or its users reach the same thing by another path.
ALIASES: dict[str, str] = {
    "collections.OrderedDict": "builtins.dict",
    "wandb.sdk.wandb_run.Run": "wandb.Run",
    "wandb.wandb_run.Run": "wandb.Run",
    "wandb.sdk.Run": "wandb.Run",
    "wandb.sdk.wandb_init.init": "wandb.init",
    "wandb.sdk.init": "wandb.init",
    "wandb.sdk.login": "wandb.login",
    "wandb.sdk.wandb_login.login": "wandb.login",
    "wandb.sdk.wandb_config.Config": "wandb.Config",
    "wandb.sdk.wandb_artifacts.Artifact": "wandb.Artifact",
    "wandb.sdk.artifacts.artifact.Artifact": "wandb.Artifact",
    "wandb.sdk.Artifact": "wandb.Artifact",
    "wandb.apis.public.Api": "wandb.Api",
    "wandb.apis.PublicApi": "wandb.Api",
    "wandb.PublicApi": "wandb.Api",
    "wandb.data_types.Table": "wandb.Table",
    "wandb.data_types.Image": "wandb.Image",
    "wandb.data_types.Audio": "wandb.Audio",
    "wandb.data_types.Video": "wandb.Video",
    "wandb.data_types.Html": "wandb.Html",
    "wandb.data_types.Histogram": "wandb.Histogram",
    "wandb.data_types.JoinedTable": "wandb.JoinedTable",
    "wandb.data_types.PartitionedTable": "wandb.PartitionedTable",
    "wandb.sdk.data_types.table.Table": "wandb.Table",
    "wandb.join": "wandb.finish",
    "pytorch_lightning.loggers.WandbLogger": "WandbLogger",
    "pytorch_lightning.loggers.wandb.WandbLogger": "WandbLogger",
    "lightning.pytorch.loggers.WandbLogger": "WandbLogger",
    "lightning.pytorch.loggers.wandb.WandbLogger": "WandbLogger",
    "lightning.loggers.WandbLogger": "WandbLogger",
    "wandb.integration.lightning.fabric.WandbLogger": "WandbLogger",
    "accelerate.Accelerator": "Accelerator",
    "accelerate.accelerator.Accelerator": "Accelerator",
}

# Module-level functions that are the active run's methods.
RUN_FUNCTIONS = frozenset(
    "log finish save watch unwatch define_metric log_artifact use_artifact link_artifact log_model use_model "
    "link_model alert log_code mark_preempting upsert_artifact finish_artifact restore plot_table".split()
)

LOGGING = frozenset({"log_artifact", "log_model", "upsert_artifact", "finish_artifact"})
USING = frozenset({"use_artifact", "use_model"})
# What keeps a function that it is given, and calls it at some other time.
KEEPERS = ("atexit.", "signal.", "threading.", "multiprocessing.", "concurrent.", "asyncio.")
LINKING = frozenset({"link_artifact", "link_model"})
ARTIFACT_METHODS = LOGGING | USING | LINKING

MEDIA = frozenset(
    "Image Video Audio Html Histogram Object3D Molecule Plotly Bokeh Graph BoundingBoxes2D ImageMask "
    "JoinedTable "
    "PartitionedTable".split()
)

RUN_IDENTITY = frozenset({"id", "name", "url", "path", "dir", "sweep_id", "start_time", "project", "entity"})

# Reads and writes of data and models, by dotted path: what, and the parameter that is the path.
DATA_READS: dict[str, tuple[str, str]] = {
    "pandas.read_csv": ("data", "filepath_or_buffer"),
    "pandas.read_parquet": ("data", "path"),
    "pandas.read_json": ("data", "path_or_buf"),
    "pandas.read_pickle": ("data", "filepath_or_buffer"),
    "pandas.read_excel": ("data", "io"),
    "pandas.read_feather": ("data", "path"),
    "pandas.read_hdf": ("data", "path_or_buf"),
    "polars.read_csv": ("data", "source"),
    "polars.read_parquet": ("data", "source"),
    "numpy.load": ("data", "file"),
    "numpy.loadtxt": ("data", "fname"),
    "numpy.genfromtxt": ("data", "fname"),
    "torch.load": ("model", "f"),
    "joblib.load": ("model", "filename"),
    "pickle.load": ("data", "file"),
    "datasets.load_from_disk": ("data", "dataset_path"),
    "datasets.load_dataset": ("data", "path"),
    "mlflow.sklearn.load_model": ("model", "model_uri"),
    "mlflow.pyfunc.load_model": ("model", "model_uri"),
    "tensorflow.keras.models.load_model": ("model", "filepath"),
    "keras.models.load_model": ("model", "filepath"),
    "safetensors.torch.load_file": ("model", "filename"),
}

DATA_WRITES: dict[str, tuple[str, str]] = {
    "numpy.save": ("data", "file"),
    "numpy.savez": ("data", "file"),
    "numpy.savez_compressed": ("data", "file"),
    "torch.save": ("model", "obj"),
    "joblib.dump": ("model", "value"),
    "pickle.dump": ("data", "obj"),
    "mlflow.sklearn.save_model": ("model", "sk_model"),
    "safetensors.torch.save_file": ("model", "tensors"),
}

# The same by method, on an object that is not known.
DATA_READ_METHODS: dict[str, str] = {
    "from_pretrained": "model",
    "load_from_disk": "data",
    "load_model": "model",
    "load_from_checkpoint": "model",
}
DATA_WRITE_METHODS: dict[str, str] = {
    "save_pretrained": "model",
    "save_to_disk": "data",
    "to_csv": "data",
    "to_parquet": "data",
    "to_json": "data",
    "to_pickle": "data",
    "to_feather": "data",
    "save_weights": "model",
    "save_model": "model",
}

# What derives from Hugging Face's Trainer and its arguments (transformers 5.23, trl 0.8 to 1.16,
# sentence-transformers 6.2, unsloth).
_TRL = (
    "SFT DPO PPO GRPO KTO ORPO CPO BCO RLOO Reward PRM GKD GOLD XPO NashMD OnlineDPO Distillation MiniLLM "
    "A2PO AsyncDistillation AsyncGRPO GMPO IWOPD SDFT SDPO ServerDistillation TPO PAPO BEMA DPPO"
).split()
_SENTENCES = "SentenceTransformer CrossEncoder SparseEncoder MultiVectorEncoder".split()
TRAINERS = frozenset(
    ["Trainer", "Seq2SeqTrainer", "UnslothTrainer", "IterativeSFTTrainer"]
    + [f"{kind}Trainer" for kind in (*_TRL, *_SENTENCES)]
)
TRAINING_ARGUMENTS = frozenset(
    ["TrainingArguments", "Seq2SeqTrainingArguments", "UnslothTrainingArguments"]
    + [f"{kind}Config" for kind in _TRL]
    + [f"{kind}TrainingArguments" for kind in _SENTENCES]
)
TRAINER_ROOTS = frozenset({"transformers", "trl", "sentence_transformers", "unsloth"})
LIGHTNING_ROOTS = frozenset({"lightning", "pytorch_lightning"})
TRAINER_METHODS = frozenset(
    {"train", "evaluate", "predict", "fit", "test", "validate", "hyperparameter_search"}
)
# What changes to whom a trainer reports.
CALLBACK_METHODS = frozenset({"add_callback", "remove_callback", "pop_callback"})

# What a call gives, where that is certain: why it varies, and its kind.
RESULTS: dict[str, tuple[Why, Kind]] = {
    "time.time": (Why.CLOCK, Kind.NUMBER),
    "time.time_ns": (Why.CLOCK, Kind.NUMBER),
    "time.perf_counter": (Why.CLOCK, Kind.NUMBER),
    "time.monotonic": (Why.CLOCK, Kind.NUMBER),
    "time.ctime": (Why.CLOCK, Kind.TEXT),
    "time.asctime": (Why.CLOCK, Kind.TEXT),
    "time.localtime": (Why.CLOCK, Kind.MOMENT),
    "time.gmtime": (Why.CLOCK, Kind.MOMENT),
    "datetime.datetime.now": (Why.CLOCK, Kind.MOMENT),
    "datetime.datetime.utcnow": (Why.CLOCK, Kind.MOMENT),
    "datetime.datetime.today": (Why.CLOCK, Kind.MOMENT),
    "datetime.date.today": (Why.CLOCK, Kind.MOMENT),
    "uuid.uuid1": (Why.RANDOM, Kind.OBJECT),
    "uuid.uuid4": (Why.RANDOM, Kind.OBJECT),
    "secrets.token_hex": (Why.RANDOM, Kind.TEXT),
    "secrets.token_urlsafe": (Why.RANDOM, Kind.TEXT),
    "wandb.util.generate_id": (Why.RANDOM, Kind.TEXT),
    "shortuuid.uuid": (Why.RANDOM, Kind.TEXT),
    "random.randint": (Why.RANDOM, Kind.NUMBER),
    "random.random": (Why.RANDOM, Kind.NUMBER),
    "random.choice": (Why.RANDOM, Kind.ANY),
    "numpy.random.randint": (Why.RANDOM, Kind.ANY),
    "socket.gethostname": (Why.ENVIRONMENT, Kind.TEXT),
    "platform.node": (Why.ENVIRONMENT, Kind.TEXT),
    "os.getpid": (Why.RANDOM, Kind.NUMBER),
    "builtins.len": (Why.CALL, Kind.NUMBER),
    "builtins.int": (Why.CALL, Kind.NUMBER),
    "builtins.float": (Why.CALL, Kind.NUMBER),
    "builtins.round": (Why.CALL, Kind.NUMBER),
    "builtins.sum": (Why.CALL, Kind.ANY),
    "builtins.abs": (Why.CALL, Kind.ANY),
    "builtins.bool": (Why.CALL, Kind.FLAG),
    "builtins.open": (Why.CALL, Kind.OBJECT),
    "matplotlib.pyplot.figure": (Why.CALL, Kind.PLOT),
    "matplotlib.pyplot.gcf": (Why.CALL, Kind.PLOT),
    "pandas.DataFrame": (Why.CALL, Kind.FRAME),
    "numpy.array": (Why.CALL, Kind.ARRAY),
    "numpy.zeros": (Why.CALL, Kind.ARRAY),
    "numpy.ones": (Why.CALL, Kind.ARRAY),
    "numpy.arange": (Why.CALL, Kind.ARRAY),
    "numpy.asarray": (Why.CALL, Kind.ARRAY),
    "torch.tensor": (Why.CALL, Kind.TENSOR),
    "torch.zeros": (Why.CALL, Kind.TENSOR),
    "torch.cat": (Why.CALL, Kind.TENSOR),
    "torch.ones": (Why.CALL, Kind.TENSOR),
    "torch.stack": (Why.CALL, Kind.TENSOR),
    "numpy.full": (Why.CALL, Kind.ARRAY),
    "numpy.linspace": (Why.CALL, Kind.ARRAY),
    "numpy.concatenate": (Why.CALL, Kind.ARRAY),
    "numpy.stack": (Why.CALL, Kind.ARRAY),
    "builtins.complex": (Why.CALL, Kind.NUMBER),
}

# Those of them that give no integers.
FRACTIONS = frozenset({"time.time", "time.perf_counter", "time.monotonic", "random.random", "builtins.float"})

# What attributes of a pandas frame are, and its methods that give another frame.
OF_FRAMES = {"columns": Kind.OBJECT, "index": Kind.OBJECT, "values": Kind.ARRAY}
FRAME_METHODS = frozenset(
    "head tail sample copy dropna fillna drop drop_duplicates rename reset_index sort_values sort_index "
    "nlargest nsmallest query assign".split()
)

# Calls that read their arguments and neither keep nor change them.
HARMLESS = frozenset(
    "print len str repr int float bool list tuple set sorted sum min max any all isinstance "
    "issubclass hasattr "
    "getattr type id iter next zip enumerate reversed format vars dir hash round abs".split()
)
HARMLESS_PATHS = frozenset(
    "json.dumps json.dump pprint.pprint pprint.pformat copy.copy copy.deepcopy yaml.dump yaml.safe_dump "
    "omegaconf.OmegaConf.save logging.info logging.debug logging.warning".split()
)
HARMLESS_METHODS = frozenset(
    "info debug warning error write print append extend add writerow format join".split()
)

# Modules none of whose functions starts a run; W&B's own are known one by one.
NO_TRACKERS = frozenset(
    "builtins wandb os sys re math time json random datetime pathlib shutil logging collections itertools "
    "functools copy pickle string uuid numpy pandas scipy sklearn matplotlib PIL torch joblib yaml "
    "transformers trl sentence_transformers peft datasets tokenizers huggingface_hub tqdm "
    "argparse contextlib csv cv2 dataclasses dotenv einops enum getpass glob gym gymnasium hashlib inspect "
    "io omegaconf platform pprint secrets seaborn shlex signal socket statistics struct sys tempfile "
    "textwrap torchvision typing warnings".split()
)

# Bytes besides `wandb` that make a file worth reading would go to source.may_matter.
ENTRY_DECORATORS = frozenset(
    {
        "click.command",
        "click.group",
        "draccus.wrap",
        "fire.Fire",
        "hydra.main",
        "pyrallis.wrap",
        "typer.command",
        "typer.run",
    }
)
# What calls a function with what the command line says: the function, by position or as `main=`.
ENTRY_CALLS = frozenset(
    {
        "absl.app.run",
        "defopt.run",
        "fire.Fire",
        "jsonargparse.CLI",
        "mlxu.run",
        "tensorflow.app.run",
        "tensorflow.compat.v1.app.run",
        "typer.run",
        "tyro.cli",
    }
)
# Those of them that make the class of the parameter's annotation from the command line.
CLASS_DECORATORS = frozenset({"draccus.wrap", "pyrallis.wrap"})
ARGUMENT_PARSERS = frozenset(
    {
        "tyro.cli",
        "draccus.parse",
        "simple_parsing.parse",
        "jsonargparse.CLI",
        "pyrallis.parse",
        "chz.entrypoint",
    }
)
