"""Samples that are not numbers: NaN, infinite or beyond what any sensor reads."""

from collections.abc import Iterator

from dsp.audit.survey import KINDS, LARGEST_READING, Scene
from dsp.audit_note import AuditNote


def check(scene: Scene) -> Iterator[AuditNote]:
    """Refuse channels with unusable samples: no spectrum reaches across a hole."""
    surveyed = {survey.channel.name: survey for survey in scene.surveys}
    for block in scene.capture.blocks:
        survey = surveyed.get(block.channel.name)
        if survey is None:
            text = "no usable sample" if block.values.size else "no sample at all"
            yield AuditNote(
                check="finite",
                level="refuse",
                text=f"{text}; look for a loose connection or a faulty export",
                channel=block.channel.name,
                refuses=KINDS[block.channel.sense],
            )
        elif survey.unusable:
            yield survey.note(
                "finite",
                "refuse",
                f"{survey.unusable} of {survey.n} samples are not finite or beyond "
                f"{LARGEST_READING:g}; look for a loose connection or a faulty export",
            )
