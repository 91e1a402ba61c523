"""How tracks are made: how soon, how well, and where it fails."""

from __future__ import annotations

from .model import Board, Panel, Query, Row, Step
from .promql import minutely, or_zero, quantile, rate, share, slow, within

OF_AUDIO = 'kind="audio"'

JOBS = Row(
    "How soon",
    (
        Panel(
            title="Time to ready",
            shows="From a request to a track or an offline file that can be played, by kind of"
            " job. The crosses are single jobs: each opens its trace.",
            good="p95 of audio below 60 s; files of an hour take longer.",
            act="Open a slow trace: is it the wait in a queue, the speech or the sound?",
            runbook="time-to-ready-budget-burn",
            queries=slow("ab_job_seconds", "kind", 'outcome="ready"'),
            unit="s",
            steps=(Step(None, "green"), Step(60, "red")),
            traces='{resource.service.name="session" && duration>5s}',
        ),
        Panel(
            title="Jobs that end",
            shows="Jobs that ended, a minute, by how; dashed: all of them at the chosen time"
            " before.",
            good="Ready; cancelled now and then; failed never.",
            act="Failed: see where it fails, below.",
            runbook="stuck-jobs",
            queries=(
                Query(minutely("ab_job_seconds_count", "outcome"), "{{outcome}}"),
                Query(minutely("ab_job_seconds_count", ago="$ago"), "$ago before", before=True),
            ),
            unit="cpm",
            stacked=True,
            logs='{service_name="session"} | json | job_id!="" | level=~"ERROR|WARNING"',
        ),
        Panel(
            title="Live jobs",
            shows="Jobs that are open, and how long the oldest of each kind has been.",
            good="As many as are made a minute; none older than two minutes.",
            act="Old ones wait for a message or a vendor: `ab operator jobs` names it; Queues.",
            runbook="stuck-jobs",
            queries=(
                Query("max by (kind) (ab_jobs_open)", "{{kind}}: open"),
                Query("max by (kind) (ab_jobs_oldest_seconds)", "{{kind}}: oldest", unit="s"),
            ),
            leads_to="queues",
        ),
        Panel(
            title="Asked for again",
            shows="Times a minute that a job's lost piece was asked for again.",
            good="0, but for a minute after a restart.",
            act="For long: something is taken and never answered. See dead letters.",
            runbook="stuck-jobs",
            queries=(Query(minutely("ab_jobs_retried_total"), "asked again"),),
            unit="cpm",
            width=6,
        ),
        Panel(
            title="Where it fails",
            shows="What could not be done, a minute, by where: reads that could not be spoken,"
            " reads that could not be prepared, jobs that failed.",
            good="0.",
            act="Speech: see Vendors. Prepared reads: the sound engine's log. Jobs: their trace.",
            runbook="vendor-failing",
            queries=(
                Query(
                    or_zero(minutely("ab_job_seconds_count", of='outcome="failed"')),
                    "jobs",
                ),
                Query(
                    or_zero(minutely("ab_speech_reads_total", of='outcome="failed"')),
                    "speech",
                ),
                Query(
                    or_zero(minutely("ab_render_reads_total", of='outcome="failed"')),
                    "prepared reads",
                ),
            ),
            unit="cpm",
            width=6,
            logs='{service_name=~"tts|stitching|session"} | json | level=~"ERROR|WARNING"',
            leads_to="vendors",
        ),
        Panel(
            title="Reads that were there",
            shows="Share of the reads of ended jobs that nobody had to make, because they were"
            " there: what is the same is never spoken or paid for twice.",
            good="Steady. After an edit of one line nearly all reads are there.",
            act="A fall after a release: did a version change that all addresses depend on?",
            runbook="vendor-spend-high",
            queries=(Query(share("ab_cost_reads_total", 'origin="reused"'), "reused"),),
            unit="percentunit",
            decimals=0,
            most=1,
            width=6,
        ),
        Panel(
            title="Object store",
            shows="Calls of the object store a second, by what came of them.",
            good="ok, and missing where something is looked for before it is made.",
            act="forbidden: a key or a policy. failed, timed_out: is the store there?",
            runbook="object-store-failing",
            queries=(Query(rate("ab_store_call_seconds_count", "outcome"), "{{outcome}}"),),
            unit="ops",
            stacked=True,
            width=6,
            logs='{service_name=~"tts|stitching"} | json | level=~"ERROR|WARNING"',
        ),
    ),
)

SOUND = Row(
    "How well",
    (
        Panel(
            title="Real-time factor",
            shows="Seconds of work for each second of sound, by what is made.",
            good="Far below 1: 0.05 means a minute of sound in three seconds.",
            act="Rising: the machines are busy or slower; run more of stitching.",
            runbook="time-to-ready-budget-burn",
            queries=slow("ab_render_real_time_factor", "what"),
            decimals=3,
        ),
        Panel(
            title="Time of making",
            shows="How long making takes, by what is made (p95).",
            good="Steady; it grows with the number of lines.",
            act="Compare with the real-time factor: more work, or slower work?",
            runbook="time-to-ready-budget-burn",
            queries=(Query(quantile(0.95, "ab_render_seconds", "what"), "{{what}}"),),
            unit="s",
            traces='{resource.service.name="stitching" && duration>1s}',
        ),
        Panel(
            title="Object store: time",
            shows="How long calls of the object store take, by operation (p95).",
            good="Below 100 ms within a region.",
            act="Is it the store or the network? Compare services in the traces.",
            runbook="object-store-failing",
            queries=(Query(quantile(0.95, "ab_store_call_seconds", "operation"), "{{operation}}"),),
            unit="s",
            traces='{resource.service.name=~"tts|stitching" && duration>250ms}',
        ),
        Panel(
            title="Loudness error",
            shows="How far tracks are from -20 LUFS: half and 99 of a hundred stay below.",
            good="Below 0.3 LU, which is the standard.",
            act="A track that is off was shipped: see the runbook for how to make it again.",
            runbook="loudness-off",
            queries=slow("ab_track_loudness_error_lu", shares=(0.5, 0.99)),
            unit="suffix: LU",
            decimals=2,
            steps=(Step(None, "green"), Step(0.3, "red")),
        ),
        Panel(
            title="True peak",
            shows="The true peak of tracks: half and 99 of a hundred stay below.",
            good="At most -1.5 dBTP, or phones clip.",
            act="See the runbook: the limiter or a new encoder.",
            runbook="loudness-off",
            queries=slow("ab_track_true_peak_dbtp", shares=(0.5, 0.99)),
            unit="suffix: dBTP",
            decimals=2,
            least=None,
            steps=(Step(None, "green"), Step(-1.5, "red")),
        ),
        Panel(
            title="Voice above the beds",
            shows="How far the voice stands above both beds in the mixes that listeners chose"
            " (half of them, and the lowest tenth).",
            good="10 LU and more: words are understood.",
            act="Many low ones: the default mix or the loudness of a bed is off.",
            runbook="loudness-off",
            queries=slow("ab_bundle_voice_to_bed_lu", shares=(0.1, 0.5)),
            unit="suffix: LU",
            decimals=1,
        ),
        Panel(
            title="Tracks within the standard",
            kind="stat",
            shows="Share of tracks of the shown time within 0.3 LU of -20 LUFS.",
            good="100 %.",
            act="See loudness error for since when.",
            runbook="loudness-off",
            queries=(
                Query(
                    within("ab_track_loudness_error_lu", "0.3", window="$__range"), "within 0.3 LU"
                ),
            ),
            unit="percentunit",
            decimals=1,
            least=None,
            steps=(Step(None, "red"), Step(0.99, "orange"), Step(1, "green")),
            width=8,
            height=6,
        ),
        Panel(
            title="Tracks by how they were made",
            shows="Tracks a minute, by the sound engine's mode and audio profile.",
            good="splice: from reads that are there. One profile, but while one is replaced.",
            act="Two profiles for long: some processes still run the release before.",
            runbook="stuck-jobs",
            queries=(
                Query(
                    minutely("ab_tracks_rendered_total", "engine_mode, profile_version"),
                    "{{engine_mode}}, profile {{profile_version}}",
                ),
            ),
            unit="cpm",
            height=6,
        ),
        Panel(
            title="Length of tracks",
            shows="How long the tracks are that were made (half and 95 of a hundred).",
            good="Some 30 s for four lines.",
            act="Nothing to mend: longer tracks explain longer times.",
            runbook="time-to-ready-budget-burn",
            queries=slow("ab_track_duration_seconds"),
            unit="s",
            height=6,
        ),
    ),
)

BOARD = Board(
    name="renders",
    title="Renders",
    about="How soon tracks are ready, whether they sound as they must, and where making fails.",
    rows=(JOBS, SOUND),
)
