"""When: the command line, the main job and its Prefect flows. The only importer of Prefect."""
