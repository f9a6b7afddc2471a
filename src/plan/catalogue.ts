import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import { parseRecord, recorded } from '../core/record.ts';
import { sh } from '../core/script.ts';
import type { Service } from '../core/service.ts';
import type { Target } from '../core/target.ts';

/** File that names the services of the files that are live at the site: the configuration may have changed since. */
export function cataloguePath({ paths }: Pick<Target, 'paths'>): string {
  return `${paths.ops}/services`;
}

/** Its content: one service a line, `NAME PROGRAM VENV-LOG CONTAINER-LOG`. */
export function catalogueLines(services: readonly Service[]): readonly string[] {
  return services.map(({ name, program, venvLog, containerLog }) =>
    [name, program, venvLog, containerLog].join(' '),
  );
}

/** A word of such a line. It becomes part of a path, so nothing in it may lead out of a folder. */
const WORD = /^[A-Za-z0-9][\w.-]*$/;

/**
 * The services of a catalogue's lines; undefined where there are none, as before the first deploy.
 * @throws OpsError site.output for a line of another form: nobody may guess what runs.
 */
export function parseCatalogue(lines: readonly string[], subject: string): readonly Service[] | undefined {
  const services = lines
    .filter((line) => line.trim() !== '')
    .map((line): Service => {
      const words = line.trim().split(' ');
      const [name, program, venvLog, containerLog] = words;
      if (
        words.length !== 4 ||
        !words.every((word) => WORD.test(word)) ||
        name === undefined ||
        program === undefined ||
        venvLog === undefined ||
        containerLog === undefined
      )
        throw new OpsError(
          'site.output',
          `${subject}: got ${JSON.stringify(line.slice(0, 80))}, expected the four names of a service`,
          { next: 'Deploy the version you want by its number: a deploy writes this file anew.' },
        );
      return { name, program, venvLog, containerLog };
    });
  return services.length === 0 ? undefined : services;
}

/** The services that are deployed at the site. */
export function catalogueFact(target: Target): Fact<readonly Service[] | undefined> {
  const path = cataloguePath(target);
  return {
    name: 'catalogue',
    script: recorded(sh`show services 0 "$(cat ${path} 2>/dev/null)"`),
    parse(stdout) {
      const { lines = [] } = parseRecord(stdout, `${target.id}: catalogue`).text('services') ?? {};
      return parseCatalogue(lines, path);
    },
  };
}
