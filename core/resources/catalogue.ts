import { asSerabutError, SerabutError } from '../errors.js';
import { bundlePath, bundlesFor, firmwareSource } from '../firmware/bundles.js';
import { type OverlayContext, overlayArchive } from '../firmware/overlay.js';
import type { ByteSource } from '../http/byte-source.js';
import { quote } from '../iso/failures.js';
import type { IsoLibrary } from '../iso/library.js';
import { isoFileSource } from '../iso/lookup.js';
import type { Volume } from '../iso/volume.js';
import type { IsoFacts, Medium } from '../plugin/contract.js';
import type { LoadedPlugin } from '../plugin/load.js';
import { type Recognised, recognise } from '../plugin/recognise.js';
import type { PluginRegistry } from '../plugin/registry.js';
import { imageFile } from './image.js';
import { type IsoNames, isoNames } from './iso-names.js';
import type { Resource } from './kinds.js';
import { declaredMedium, mediumInIso, notReady, requireFile } from './medium.js';
import type { Store } from './store.js';

/** A distro that can be booted now. */
export interface BootableDistro {
  readonly name: string;
  readonly title: string;
  readonly plugin: LoadedPlugin;
  /** The ISO's name in `isos/`. */
  readonly iso: string;
  /** Its length in bytes. */
  readonly isoSize: number;
  readonly facts: IsoFacts;
  /** What to boot, the Distro's own paths already in place of the plugin's. */
  readonly medium: Medium;
  /** The initrd as the ISO holds it, and the archives that follow it. */
  readonly initrd: ByteSource;
  readonly overlay: ByteSource | undefined;
  readonly firmware: readonly ByteSource[];
  readonly kernelArgs: readonly string[];
}

/** A distro by name, or why it cannot be booted. */
export type DistroEntry =
  | { readonly name: string; readonly distro: BootableDistro }
  | { readonly name: string; readonly error: SerabutError };

/**
 * Everything that can be booted: the Distros of the resources, and each recognised ISO that no Distro refers to, under
 * the name of its file.
 */
export class Catalogue {
  readonly #overlays = new WeakMap<Volume, WeakMap<Medium, ByteSource>>();
  #recognised = new WeakMap<Volume, Promise<Recognised | undefined>>();

  constructor(
    private readonly library: IsoLibrary,
    private readonly store: Store,
    private readonly plugins: PluginRegistry,
    private readonly firmwareDirectory: string,
  ) {
    plugins.onChange(() => {
      this.#recognised = new WeakMap();
    });
  }

  /** All distros by name, those that cannot be booted with the reason. */
  async entries(): Promise<DistroEntry[]> {
    const { offered, refused } = this.#isoNames();
    const distros = this.store.snapshot.list('Distro').map(({ name }) => name);
    const names = [...distros, ...offered.keys(), ...refused.keys()];
    return Promise.all([...new Set(names)].sort().map((name) => this.#entry(name)));
  }

  async #entry(name: string): Promise<DistroEntry> {
    try {
      return { name, distro: await this.distro(name) };
    } catch (error) {
      return { name, error: asSerabutError(error) };
    }
  }

  /** One distro. Throws SERABUT_ERR_DISTRO_NOT_FOUND, or why it cannot be booted. */
  async distro(name: string): Promise<BootableDistro> {
    const resource = this.store.snapshot.get('Distro', name);
    const iso = resource === undefined ? this.#offered(name) : this.#imagePath(resource, 'iso', resource.spec.image);
    const volume = this.#volume(iso, resource);
    const { by: plugin, facts } = await this.#recognise(volume, iso, resource);
    const declared = declaredMedium(plugin, facts, iso, resource);
    const medium = mediumInIso(declared, volume, iso, resource);
    const initrd = isoFileSource(volume, requireFile(volume, medium.initrd, iso));
    const overlay = await this.#overlay(declared, { volume, facts, plugin });
    const firmware = await this.#firmware(plugin, facts, resource);
    const title = `${facts.product} ${facts.release} ${facts.edition} ${facts.arch}`;
    const kernelArgs = resource?.spec.kernelArgs ?? [];
    const isoSize = volume.file.size;
    return { name, title, plugin, iso, isoSize, facts, medium, initrd, overlay, firmware, kernelArgs };
  }

  /** The overlay of a medium, made once for each ISO: it lists thousands of files. */
  async #overlay(medium: Medium, context: OverlayContext): Promise<ByteSource | undefined> {
    if (medium.overlay === undefined) return undefined;
    const known = this.#overlays.get(context.volume)?.get(medium);
    if (known !== undefined) return known;
    const made = await overlayArchive(medium.overlay, context);
    const ofVolume = this.#overlays.get(context.volume) ?? new WeakMap();
    this.#overlays.set(context.volume, ofVolume.set(medium, made));
    return made;
  }

  /** The firmware archives of a distro: those its resource names, else those of its plugin's bundles that are there. */
  async #firmware(
    plugin: LoadedPlugin,
    facts: IsoFacts,
    resource: Resource<'Distro'> | undefined,
  ): Promise<ByteSource[]> {
    if (resource?.spec.firmware !== undefined) {
      return Promise.all(resource.spec.firmware.map((image) => this.#namedFirmware(image, resource)));
    }
    const paths = bundlesFor(plugin.plugin, facts).map((bundle) => bundlePath(plugin.plugin.id, bundle, facts));
    const sources = await Promise.all(paths.map((path) => firmwareSource(this.firmwareDirectory, path)));
    return sources.filter((source) => source !== undefined);
  }

  async #namedFirmware(image: string, resource: Resource<'Distro'>): Promise<ByteSource> {
    const path = this.#imagePath(resource, 'firmware', image);
    const source = await firmwareSource(this.firmwareDirectory, path);
    if (source !== undefined) return source;
    throw notReady(`firmware/${path} of Image "${image}" is not there`, resource);
  }

  /** The ISO that is offered under this name without a resource. */
  #offered(name: string): string {
    const { offered, refused } = this.#isoNames();
    const iso = offered.get(name);
    if (iso !== undefined) return iso;
    throw refused.get(name) ?? new SerabutError('SERABUT_ERR_DISTRO_NOT_FOUND', `there is no distro "${name}"`);
  }

  /** The names of the ISOs that no Distro refers to. */
  #isoNames(): IsoNames {
    const { snapshot } = this.store;
    const distros = snapshot.list('Distro');
    const used = new Set(distros.map(({ spec }) => spec.image));
    const taken = new Set(
      snapshot.list('Image').flatMap(({ name, spec }) => (used.has(name) ? [imageFile(spec)] : [])),
    );
    const free = this.library.entries().flatMap(({ name }) => (taken.has(name) ? [] : [name]));
    return isoNames(free, new Set(distros.map(({ name }) => name)));
  }

  #imagePath(distro: Resource<'Distro'>, type: 'iso' | 'firmware', name: string): string {
    const image = this.store.snapshot.get('Image', name);
    if (image?.spec.type === type) return imageFile(image.spec);
    throw notReady(`there is no Image "${name}" of type ${type}`, distro);
  }

  /** The ISO of a distro. That one is missing is the server's fault when a resource asks for it. */
  #volume(iso: string, resource: Resource<'Distro'> | undefined): Volume {
    try {
      return this.library.volume(iso);
    } catch (error) {
      const missing = error instanceof SerabutError && error.code === 'SERABUT_ERR_ISO_NOT_FOUND';
      throw missing && resource !== undefined ? notReady(`isos/${iso} is not there`, resource) : error;
    }
  }

  async #recognise(volume: Volume, iso: string, resource: Resource<'Distro'> | undefined): Promise<Recognised> {
    const known = this.#recognised.get(volume) ?? recognise(volume, this.plugins.loaded);
    this.#recognised.set(volume, known);
    known.catch(() => this.#recognised.delete(volume));
    const found = await known;
    if (found === undefined) throw notReady(`no plugin recognises ${iso} (volume ${quote(volume.volumeId)})`, resource);
    const wanted = resource?.spec.plugin;
    if (wanted === undefined || wanted === found.by.plugin.id) return found;
    throw notReady(`${iso} is of plugin "${found.by.plugin.id}", not of "${wanted}"`, resource);
  }
}
