import type { Sign } from '../../board/view.ts';
import { cause, duration, headline, RUN_WORDS, STEP_WORDS } from '../../commands/wording.ts';
import type { RunState, RunStatus, StepState } from '../../core/run.ts';
import type { Window } from '../../core/window.ts';
import { zoned } from '../../core/zone.ts';
import { type Content, type Html, html } from '../html.ts';
import { icon, moment, STEP_SIGNS } from './parts.ts';

const RUN_SIGNS: Readonly<Record<RunStatus, Sign>> = {
  queued: 'off',
  awaiting: 'warn',
  running: 'busy',
  succeeded: 'good',
  failed: 'bad',
  refused: 'warn',
  cancelled: 'off',
};

/** Runs under way, each with its steps. */
export function runningHtml(runs: readonly RunState[]): Html {
  if (runs.length === 0) return html`<p class="empty">Nothing is running.</p>`;
  return html`<ul class="runs">${runs.map(runHtml)}</ul>`;
}

function runHtml(run: RunState): Html {
  const { steps, caller, jobId, queuedAt, startedAt } = run;
  const at = steps.findIndex(({ status }) => status === 'running');
  const step = steps[at];
  const started =
    startedAt === undefined ? html`waiting since ${moment(queuedAt)}` : html`started ${moment(startedAt)}`;
  return html`<li>
<h3>${headline(run)}</h3>
<p class="quiet">asked by ${caller.name} · ${started} · job <code>${jobId}</code></p>
${steps.length > 0 && html`<ol class="steps" aria-label="Steps">${steps.map(stepHtml)}</ol>`}
${step !== undefined && html`<p>Step ${at + 1} of ${steps.length}: ${step.title}${step.detail === undefined ? '' : ` – ${step.detail}`}</p>`}
</li>`;
}

function stepHtml({ title, status }: StepState): Html {
  const sign = STEP_SIGNS[status];
  return html`<li class="is-${sign}">${icon(sign)}<span class="step">${title}</span><span class="unseen">: ${STEP_WORDS[status]}</span></li>`;
}

/** Width of the longest bar of the chart, in its own units. */
const BAR = 100;

/** Runs that have ended, with their durations as bars of one scale. */
export function endedHtml(runs: readonly RunState[], shown: number): Html {
  const listed = runs.filter(({ request }) => !request.dryRun).slice(0, shown);
  if (listed.length === 0) return html`<p class="empty">Nothing has been done yet.</p>`;
  const longest = Math.max(1, ...listed.map((run) => tookMs(run) ?? 0));
  return html`<table class="ended"><caption class="unseen">Last runs, newest first</caption>
<thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Target</th><th scope="col">By</th><th scope="col">Result</th><th scope="col">Took</th></tr></thead>
<tbody>${listed.map((run) => endedRow(run, longest))}</tbody></table>`;
}

function endedRow(run: RunState, longest: number): Html {
  const { request, caller, status, version, finishedAt, queuedAt } = run;
  const what = [request.action, ...(request.service === undefined ? [] : [request.service])].join(' ');
  const sign = RUN_SIGNS[status];
  return html`<tr class="is-${sign}">
<td data-label="When">${moment(finishedAt ?? queuedAt)}</td>
<td data-label="What">${what}${version !== undefined && version !== '' && html` <span class="version">${version}</span>`}</td>
<th scope="row" data-label="Target">${request.deployment} at ${request.site}</th>
<td data-label="By">${caller.name}</td>
<td data-label="Result"><span class="result">${icon(sign)}${RUN_WORDS[status]}</span>${why(run)}</td>
<td data-label="Took">${bar(run, longest)}</td>
</tr>`;
}

function why(run: RunState): Content {
  const found = cause(run);
  return found !== undefined && html`<span class="why">${found.message}</span>`;
}

function bar(run: RunState, longest: number): Content {
  const took = tookMs(run);
  if (took === undefined) return '–';
  const width = Math.max(1, Math.round((took / longest) * BAR));
  return html`<span class="took"><svg class="bar" viewBox="0 0 ${BAR} 8" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="${BAR}" height="8"/><rect class="length" width="${width}" height="8"/></svg><span>${duration(took)}</span></span>`;
}

function tookMs({ startedAt, finishedAt }: RunState): number | undefined {
  return startedAt === undefined || finishedAt === undefined ? undefined : finishedAt - startedAt;
}

/** Maintenances that are on or still to come, each in the zone of its site. */
export function comingHtml(windows: readonly Window[], zoneOf: (site: string) => string, now: number): Html {
  if (windows.length === 0) return html`<p class="empty">None is planned.</p>`;
  return html`<ul class="coming">${windows.map(({ site, start, end, reason, source }) => {
    const on = start <= now;
    const zone = zoneOf(site);
    return html`<li class="is-${on ? 'warn' : 'off'}"><h3>${icon(on ? 'warn' : 'off')}${site}: ${reason}</h3>
<p>${zoned(start, zone)} to ${zoned(end, zone)}</p>
<p class="quiet">${on ? html`on now, ends ${moment(end)}` : html`begins ${moment(start)}`}${source === 'reservation' && ' · from a reservation'}</p></li>`;
  })}</ul>`;
}
