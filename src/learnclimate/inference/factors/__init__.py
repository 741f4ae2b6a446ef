"""The engine that integrates the factors out: fits of factor models, certified."""
