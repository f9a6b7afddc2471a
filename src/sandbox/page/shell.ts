import { type Html, html } from '../../web/html.ts';
import { BOT } from '../slack/emulator.ts';
import { DIRECT, HOME } from './channel.ts';

export interface ShellParts {
  /** Names, and what each may do. */
  readonly people: readonly { readonly name: string; readonly about: string }[];
  readonly channels: readonly string[];
  /** The bot's own pages. */
  readonly boardUrl: string;
}

/** Commands to begin with, offered as buttons. */
const EXAMPLES = [
  '/jaws',
  '/jaws help',
  '/jaws status aws',
  '/jaws deploy dev aws 2.5.4',
  '/jaws restart dev aws',
  '/jaws jobs',
];

/** The page around the channel: who types, the places, the place to type in, and the modal that may open. */
export function shellPage({ people, channels, boardUrl }: ShellParts): Html {
  const [first] = channels;
  const place = (name: string, title: string, current = false) =>
    html`<li><button type="button" data-place="${name}" data-title="${title}"${current && html` aria-current="true"`}><span>${title}</span> <span class="unread" hidden></span></button></li>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>JAWS demo workspace</title>
<link rel="icon" href="page.svg" type="image/svg+xml">
<link rel="stylesheet" href="base.css">
<link rel="stylesheet" href="page.css">
<link rel="stylesheet" href="blocks.css">
<link rel="stylesheet" href="dialog.css">
<script src="page.js" type="module"></script>
</head>
<body>
<a class="skip" href="#text">Skip to the command line</a>
<header><h1>JAWS demo</h1><p class="quiet">A stand-in for Slack on this machine. Sites, services and bot are real.</p>
<nav aria-label="Elsewhere"><a href="${boardUrl}" id="board">Status board</a></nav></header>
<div class="rooms">
<aside>
<form><label for="user">You are</label>
<select id="user">${people.map(({ name, about }) => html`<option value="${name}">${name} – ${about}</option>`)}</select></form>
<nav aria-label="Places" id="places"><h2>Channels</h2><ul class="places">${channels.map((name) => place(name, `#${name}`, name === first))}</ul>
<h2>Apps</h2><ul class="places">${place(HOME, `${BOT} Home`)}${place(DIRECT, `${BOT} Messages`)}</ul></nav>
</aside>
<main>
<h2 id="title">#${first ?? ''}</h2>
<ol id="messages" aria-labelledby="title" aria-live="polite" tabindex="0"></ol>
<p id="note" role="status"></p>
<form id="composer"><div id="examples" class="examples">${EXAMPLES.map((text) => html`<button type="button" data-example="${text}">${text}</button>`)}</div>
<div class="line"><label class="unseen" for="text">Command</label><input id="text" name="text" autocomplete="off" spellcheck="false" placeholder="/jaws opens a form; /jaws help lists the commands" required maxlength="4000"><button type="submit" class="primary">Send</button></div></form>
</main>
</div>
<dialog id="modal" aria-labelledby="modal-title">
<form id="modal-form" novalidate>
<div class="modal-head"><h2 id="modal-title"></h2><button type="button" data-close aria-label="Close the form">✕</button></div>
<div id="modal-blocks" class="modal-blocks"></div>
<p id="modal-note" role="status"></p>
<div id="modal-foot" class="modal-foot"></div>
</form>
</dialog>
<dialog id="confirm" aria-labelledby="confirm-title">
<form method="dialog"><h2 id="confirm-title"></h2><p id="confirm-text"></p>
<div class="modal-foot"><button value="" id="confirm-no"></button><button value="yes" id="confirm-yes"></button></div></form>
</dialog>
</body>
</html>
`;
}
