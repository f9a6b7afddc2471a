import { attentionOf, type BoardView } from '../../board/view.ts';
import { TARGET_WORDS } from '../../core/service.ts';
import { targetId } from '../../core/target.ts';
import { type Html, html } from '../html.ts';
import type { Regions } from '../live.ts';
import { cellHtml, rowHtml } from './cells.ts';
import { icon, moment } from './parts.ts';
import { comingHtml, endedHtml, runningHtml } from './runs.ts';

const SHOWN_ENDED = 15;

/** Every part of the board that changes, by the id of its element. Pure: the same view gives the same text. */
export function regionsOf(view: BoardView, zoneOf: (site: string) => string, now: number): Regions {
  const regions = new Map<string, Html>();
  for (const row of view.rows) {
    regions.set(`site-${row.site}`, rowHtml(row, zoneOf(row.site)));
    for (const cell of row.cells)
      regions.set(`cell-${targetId(cell.site, cell.deployment)}`, cellHtml(cell, zoneOf(row.site)));
  }
  return regions
    .set('summary', summaryHtml(view))
    .set('trouble', troubleHtml(view))
    .set('attention', attentionHtml(view))
    .set('running', runningHtml(view.running))
    .set('coming', comingHtml(view.coming, zoneOf, now))
    .set('ended', endedHtml(view.ended, SHOWN_ENDED));
}

/** The whole page with its regions filled in. It works without its script, then reloaded every half minute. */
export function boardPage(view: BoardView, deployments: readonly string[], regions: Regions): Html {
  const region = (id: string) => regions.get(id);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>JAWS sites</title>
<link rel="icon" href="board.svg" type="image/svg+xml">
<link rel="stylesheet" href="board.css">
<script src="board.js" defer></script>
<noscript><meta http-equiv="refresh" content="30"></noscript>
</head>
<body data-live="board/events">
<a class="skip" href="#sites">Skip to the sites</a>
<header>
<h1>JAWS sites</h1>
<p id="summary" aria-live="polite">${region('summary')}</p>
<nav aria-label="Elsewhere"><a href="queues">Queues</a> <a href="metrics">Metrics</a></nav>
</header>
<p id="connection" role="status"></p>
<div id="trouble" aria-live="polite">${region('trouble')}</div>
<main>
<section id="attention" aria-label="Needs attention" aria-live="polite">${region('attention')}</section>
<section aria-labelledby="sites"><h2 id="sites" tabindex="-1">Sites</h2>
<table class="board" role="table"><caption class="unseen">How each deployment is at each site</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Site</th>${deployments.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">${view.rows.map(
    ({
      site,
      cells,
    }) => html`<tr role="row"><th role="rowheader" scope="row" id="site-${site}">${region(`site-${site}`)}</th>
${cells.map(({ deployment }) => html`<td role="cell" data-label="${deployment}" id="cell-${targetId(site, deployment)}">${region(`cell-${targetId(site, deployment)}`)}</td>`)}</tr>`,
  )}</tbody></table></section>
<div class="columns">
<section aria-labelledby="running-title"><h2 id="running-title">Under way</h2><div id="running">${region('running')}</div></section>
<section aria-labelledby="coming-title"><h2 id="coming-title">Maintenance</h2><div id="coming">${region('coming')}</div></section>
</div>
<section aria-labelledby="ended-title"><h2 id="ended-title">Last runs</h2><div id="ended">${region('ended')}</div></section>
</main>
</body>
</html>
`;
}

function summaryHtml(view: BoardView): Html {
  const cells = view.rows.flatMap((row) => row.cells);
  const count = (what: (cell: (typeof cells)[number]) => boolean) => cells.filter(what).length;
  const up = count(({ status }) => status?.condition === 'running');
  const asked = count(({ status }) => status !== undefined);
  const concerns = attentionOf(view).length;
  const sign = asked === 0 ? 'unknown' : concerns > 0 ? 'warn' : 'good';
  const words =
    asked === 0
      ? 'asking the sites …'
      : concerns === 0
        ? 'all as intended'
        : `${concerns} ${concerns === 1 ? 'needs' : 'need'} attention`;
  const under = view.running.length;
  return html`<span class="is-${sign}">${icon(sign)}<strong>${words}</strong></span> <span>${up} of ${cells.length} deployments running</span>${under > 0 && html` <span>${under} under way</span>`}`;
}

function attentionHtml(view: BoardView): Html {
  const cells = attentionOf(view);
  if (cells.length === 0) return html``;
  return html`<h2>Needs attention</h2><ul>${cells.map(
    ({ site, deployment, sign, status, concerns }) =>
      html`<li class="is-${sign}"><a href="#cell-${targetId(site, deployment)}">${icon(sign)}<strong>${deployment} at ${site}</strong> <span>${[
        ...(status === undefined ? [] : [TARGET_WORDS[status.condition]]),
        ...concerns.filter((text) => text !== ''),
      ].join(' – ')}</span></a></li>`,
  )}</ul>`;
}

function troubleHtml({ trouble, readAt }: BoardView): Html {
  if (trouble === undefined) return html``;
  return html`<p class="trouble is-bad">${icon('bad')}<span>${trouble}. ${readAt === undefined ? 'Nothing is known yet.' : html`What stands here was read ${moment(readAt)}.`}</span></p>`;
}
