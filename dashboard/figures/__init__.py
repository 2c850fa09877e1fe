"""Pure functions: data in, plotly `Figure` out. Nothing here displays anything."""
