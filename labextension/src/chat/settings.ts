import { ISettingRegistry } from '@jupyterlab/settingregistry';

/** What a person may change, as in schema/plugin.json. */
export class PanelSettings {
  sendWithEnter = true;

  async load(registry: ISettingRegistry, plugin: string): Promise<void> {
    const settings = await registry.load(plugin);
    this.read(settings);
    settings.changed.connect(changed => this.read(changed));
  }

  private read(settings: ISettingRegistry.ISettings): void {
    this.sendWithEnter = settings.get('sendWithEnter').composite !== false;
  }
}
