import type { Cell, Row } from '../../board/view.ts';
import { SERVICE_WORDS, type ServiceStatus, TARGET_WORDS } from '../../core/service.ts';
import { targetId } from '../../core/target.ts';
import { zoned } from '../../core/zone.ts';
import { type Content, type Html, html } from '../html.ts';
import { icon, moment } from './parts.ts';

/** What stands in the square of one target. */
export function cellHtml(cell: Cell, timezone: string): Html {
  const { status, since, run, sign } = cell;
  const words = status === undefined ? 'not asked yet' : TARGET_WORDS[status.condition];
  const step = run?.steps.find((known) => known.status === 'running');
  return html`<div class="cell is-${sign}">
<p class="state">${icon(sign)}<strong>${words}</strong>${version(cell)}</p>
${run === undefined ? undefined : html`<p class="now">${run.request.action}: ${step?.title ?? (run.status === 'queued' ? 'waiting' : 'under way')}</p>`}
${since === undefined ? undefined : html`<p class="quiet">started ${moment(since)}</p>`}
${concerns(cell)}
${cell.locks.map(({ owner, until, reason }) => html`<p class="concern">locked by ${owner.name} until ${zoned(until, timezone)}: ${reason}</p>`)}
${status === undefined ? undefined : services(cell, status.services)}
</div>`;
}

/** What stands at the head of a site's row. */
export function rowHtml({ site, observedAt, served, maintenance }: Row, timezone: string): Html {
  return html`<span class="site">${site}</span>
${maintenance === undefined ? undefined : html`<span class="badge is-warn">${icon('warn')}maintenance until ${zoned(maintenance.endsAt, timezone)}</span>`}
${served ? undefined : html`<span class="badge is-unknown">${icon('unknown')}no worker</span>`}
<span class="quiet">${observedAt === undefined ? 'not asked yet' : html`asked ${moment(observedAt)}`}</span>`;
}

function version({ status, intention }: Cell): Content {
  const { version: actual } = status ?? {};
  if (actual !== undefined) return html` <span class="version">${actual}</span>`;
  const wanted = intention?.wanted === 'up' ? intention.version : undefined;
  return wanted !== undefined && html` <span class="version">not ${wanted}</span>`;
}

function concerns({ concerns: texts, status }: Cell): Content {
  const shown = texts.filter((text) => text !== '');
  if (shown.length > 0) return shown.map((text) => html`<p class="concern">${text}</p>`);
  return (
    status?.detail !== undefined &&
    status.condition !== 'not-installed' &&
    html`<p class="quiet">${status.detail}</p>`
  );
}

/** The services one by one: open when one of them should run and does not. */
function services({ site, deployment, sign }: Cell, all: readonly ServiceStatus[]): Content {
  if (all.every(({ condition }) => condition === 'missing')) return undefined;
  const up = all.filter(({ condition }) => condition === 'running').length;
  return html`<details id="services-${targetId(site, deployment)}"${(sign === 'warn' || sign === 'bad') && up < all.length && html` open`}><summary>${up} of ${all.length} services</summary>
<ul class="services">${all.map(serviceHtml)}</ul></details>`;
}

function serviceHtml({ service, condition, detail }: ServiceStatus): Html {
  const sign = condition === 'running' ? 'good' : condition === 'fatal' ? 'bad' : 'off';
  return html`<li class="is-${sign}">${icon(sign)}${service} <span class="quiet">${SERVICE_WORDS[condition]}${detail === undefined || condition === 'running' ? '' : `: ${detail}`}</span></li>`;
}
