# Sends outputs of its own making for a cell: of unknown kinds, unreadable, and far too many.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
odd = [
    {"output_type": "execute_result", "data": {"text/plain": "1000"}, "execution_count": 10**30, "metadata": []},
    {"output_type": "display_data", "data": {"application/javascript": "alert(1)", "image/svg+xml": "<svg onload=alert(1)>"}},
    {"output_type": "display_data", "data": {"image/png": "\"><script>alert(1)</script>"}, "metadata": {"x": "y"}},
    {"output_type": "error", "ename": 7, "evalue": None, "traceback": [None, 7, []]},
    {"output_type": "stream", "name": "stdin", "text": "x"},
    {"output_type": "stream", "name": "stdout", "text": "\ud800\x00\x1b[2J"},
    {"output_type": "not_run", "command": "\ud800\x1b[2J<script>alert(1)</script>"}, {"output_type": "not_run", "command": [7]},
    {"output_type": "cut_off", "text": "LOOT:"}, {"output_type": "left_out"},
    {"output_type": ["stream"], "name": {}, "text": []}, 7, None, [],
]
answer('{"sequence": SEQ, "raised": null, "outputs": ' + json.dumps(odd) + "}")
# %%
answer('{"sequence": SEQ, "raised": 7, "outputs": [' + '{"output_type": "stream", "name": "stdout", "text": ""},' * 10**5 + "{}]}")
# %%
answer('{"sequence": SEQ, "raised": null, "outputs": {"a": 1}}')
