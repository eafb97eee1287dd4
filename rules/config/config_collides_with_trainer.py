"""Reports top-level config keys that a Trainer overwrites with its own.

Why it matters: when training starts, a Trainer writes all of its arguments and the model's configuration
into the top level of the run's config, and overwrites what has the same name. What you set on purpose is
gone from the record, or cannot be told from a default of the Trainer's. Under `params` it stays what you
said (The params / meta pattern).

When to ignore: where the value is given to the Trainer, too, and the Trainer's word is what counts.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import Bad, File, Finding, Good, Options, Preset, Rule, Starter, Tri, constant, doc

from ..integrations._trainers import reporting, trainings
from ._configs import configs, names_of

_ARGUMENTS = """
output_dir do_train do_eval do_predict eval_strategy evaluation_strategy prediction_loss_only
per_device_train_batch_size per_device_eval_batch_size gradient_accumulation_steps eval_accumulation_steps
learning_rate weight_decay adam_beta1 adam_beta2 adam_epsilon max_grad_norm num_train_epochs max_steps
lr_scheduler_type lr_scheduler_kwargs warmup_ratio warmup_steps log_level logging_dir logging_strategy
logging_first_step logging_steps save_strategy save_steps save_total_limit seed data_seed bf16 fp16 tf32
local_rank eval_steps dataloader_num_workers run_name disable_tqdm remove_unused_columns label_names
load_best_model_at_end metric_for_best_model greater_is_better fsdp deepspeed label_smoothing_factor optim
optim_args adafactor group_by_length report_to push_to_hub resume_from_checkpoint hub_model_id
gradient_checkpointing torch_compile neftune_noise_alpha auto_find_batch_size
"""
_MODEL = """
vocab_size hidden_size num_hidden_layers num_attention_heads intermediate_size hidden_act model_type
architectures id2label label2id torch_dtype max_position_embeddings hidden_dropout_prob initializer_range
"""


class Trainers(Options, frozen=True):
    keys: Annotated[tuple[str, ...], doc("The top-level keys that a Trainer writes.")] = (
        *_ARGUMENTS.split(),
        *_MODEL.split(),
    )


RULE = Rule(
    code="WB217",
    name="config-collides-with-trainer",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The Trainer writes its arguments to the top level of the config, over what has the same name.",
    how="Nest what you set under `params`, where the Trainer does not write.",
    options=Trainers,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    if not any(reporting(model, training) is Tri.YES for training in trainings(model)):
        return
    for start, config in configs(model):
        lost = [entry for entry in config.entries if constant(entry.key) in file.options.keys]
        if lost and start.starter is Starter.INIT:
            place = lost[0].key.span or lost[0].span or config.span or start.callee
            word = "is" if len(lost) == 1 else "are"
            yield Finding(place, f"{names_of(lost, 38)} {word} overwritten by the Trainer")


EXAMPLES = (
    Bad(
        """
        from transformers import Trainer, TrainingArguments
        import wandb

        config = {"learning_rate": 1e-4, "freeze": True, "seed": 42}
                  ^^^^^^^^^^^^^^^
        with wandb.init(project="texts", config=config) as run:
            trainer = Trainer(args=TrainingArguments("out", report_to=["wandb"]))
            trainer.train()
        """,
        message="`learning_rate`, `seed` are overwritten by the Trainer",
    ),
    Bad(
        """
        from trl import SFTConfig, SFTTrainer
        import wandb

        run = wandb.init(config={"params": {"lr": 1e-4}, "packing": True})
                                                         ^^^^^^^^^
        trainer = SFTTrainer(args=SFTConfig("out", report_to="wandb"))
        """,
        message="`packing` is overwritten by the Trainer",
        options={"keys": ["packing", "max_length"]},
    ),
    Good(
        """
        from transformers import Trainer, TrainingArguments
        import wandb as wb

        with wb.init(config={"params": {"learning_rate": 1e-4, "seed": 42}}) as run:
            trainer = Trainer(args=TrainingArguments("out", report_to=["wandb"]))
            trainer.train()
        """
    ),
    Good(
        """
        from transformers import Trainer, TrainingArguments
        import wandb

        run = wandb.init(config={"learning_rate": 1e-4})
        trainer = Trainer(args=TrainingArguments("out", report_to="none"))
        """
    ),
    Good(
        """
        from transformers import Trainer, TrainingArguments
        import wandb

        run = wandb.init(config={"learning_rate": 1e-4})
        quiet = Trainer(args=TrainingArguments("out", report_to="none"))
        dry = TrainingArguments("dry", report_to=["wandb"])
        """
    ),
    Good(
        """
        import wandb
        from training import Trainer, TrainingArguments

        run = wandb.init(config={"learning_rate": 1e-4, "seed": 42})
        trainer = Trainer(args=TrainingArguments("out", report_to=["wandb"]))
        """
    ),
)
