import type { ZodType } from 'zod';
import type { Fact } from '../core/fact.ts';
import type { FileSpec } from '../core/file.ts';
import type { Finding } from '../core/finding.ts';
import type { Script } from '../core/script.ts';
import type { Configured, InstallMethod, Target } from '../core/target.ts';

/** The software a run installs. */
export interface Release {
  /** Version of JAWS Site, e.g. `2.5.4`. */
  readonly version: string;
  /** Unique per job; names the folder or file built beside the live one, e.g. `2.5.4-k3j9x2`. */
  readonly name: string;
}

/** What an install method says of a target. */
export interface Installed {
  /** Release name that is live, or undefined when nothing is installed. */
  readonly live?: string;
  readonly version?: string;
}

/**
 * A way to bring the JAWS software to a site. Pure, like a launcher. Order of use: stage (beside the live one,
 * services still running), switch (services stopped), verify. Implementations pass the contract suite in test/contract.
 */
export interface Installer<F = unknown> {
  readonly kind: InstallMethod;
  /** Schema of the site's `installer:` block; `kind` is its literal. */
  readonly schema: ZodType<Configured<InstallMethod>>;
  /** The shims that start each service. */
  files(target: Target, release: Release): readonly FileSpec[];
  /**
   * Files that {@link stage} needs and nobody after it, e.g. a login: they go to the staging folder alone, under the
   * staged names of their paths, and `stage` removes each as soon as it has read it.
   */
  secrets?(target: Target): readonly FileSpec[];
  /** Read-only look at what is installed and at what the install needs (python, source, disk). */
  observe(target: Target, release: Release): Fact<F>;
  installed(target: Target, facts: F): Installed;
  /** The cheap part of {@link observe}: only which release is live. For status, which must be quick. */
  live(target: Target): Fact<Installed>;
  /** What {@link observe} would say of a site where nothing is installed and every need is met; for a plan shown without contact. */
  readonly nothing: F;
  findings(target: Target, facts: F, release: Release): readonly Finding[];
  /** Builds or pulls the release beside the live one and proves that it works (`jaws-site --help`). Repeatable. */
  stage(target: Target, release: Release): Script;
  /** Fails unless a release that was live before is still there and works. Changes nothing. */
  kept(target: Target, release: Release): Script;
  /** Makes a release that was staged, or was live before, the live one, atomically. */
  switch(target: Target, release: Release): Script;
  /** Removes old releases, never the live one nor one that a rollback may go back to. */
  prune(target: Target): Script;
}
