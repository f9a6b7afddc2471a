import { type Html, html } from '../../web/html.ts';

export interface ShellParts {
  /** Names, and what each may do. */
  readonly people: readonly { readonly name: string; readonly about: string }[];
  readonly channels: readonly string[];
  /** The bot's own pages. */
  readonly boardUrl: string;
}

/** Commands to begin with, offered as buttons. */
const EXAMPLES = [
  '/jaws help',
  '/jaws status aws',
  '/jaws deploy dev aws 2.5.4',
  '/jaws restart dev aws',
  '/jaws jobs',
];

/** The page around the channel: who types, the channels, the place to type in. */
export function shellPage({ people, channels, boardUrl }: ShellParts): Html {
  const [first] = channels;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>JAWS demo workspace</title>
<link rel="icon" href="page.svg" type="image/svg+xml">
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
</head>
<body>
<a class="skip" href="#text">Skip to the command line</a>
<header><h1>JAWS demo</h1><p class="quiet">A stand-in for Slack on this machine. Sites, services and bot are real.</p>
<nav aria-label="Elsewhere"><a href="${boardUrl}" id="board">Status board</a></nav></header>
<div class="rooms">
<aside>
<form><label for="user">You are</label>
<select id="user">${people.map(({ name, about }) => html`<option value="${name}">${name} – ${about}</option>`)}</select></form>
<nav aria-label="Channels"><h2>Channels</h2><ul id="channels" class="channels">${channels.map(
    (name) =>
      html`<li><button type="button" data-channel="${name}"${name === first && html` aria-current="true"`}><span>#${name}</span> <span class="unread" hidden></span></button></li>`,
  )}</ul></nav>
</aside>
<main>
<h2 id="title">#${first ?? ''}</h2>
<ol id="messages" aria-labelledby="title" aria-live="polite" tabindex="0"></ol>
<p id="note" role="status"></p>
<form id="composer"><div id="examples" class="examples">${EXAMPLES.map((text) => html`<button type="button" data-example="${text}">${text}</button>`)}</div>
<div class="line"><label class="unseen" for="text">Command</label><input id="text" name="text" autocomplete="off" spellcheck="false" placeholder="/jaws help" required maxlength="4000"><button type="submit" class="primary">Send</button></div></form>
</main>
</div>
</body>
</html>
`;
}
